#pragma once
// A bounded queue between threads, taken from in whole batches.

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <iterator>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace posthorn {

/// Many threads put, one takes all that waits. Full means refused, never growth.
template <class T>
class Mailbox {
public:
    explicit Mailbox(std::size_t capacity) : capacity_(capacity) {}

    /// False when full or closed; `value` is then untouched.
    bool put(T&& value) {
        {
            std::lock_guard lock(mutex_);
            if (closed_ || waiting_.size() >= capacity_) return false;
            waiting_.push_back(std::move(value));
            if (waiting_.size() > 1) return true;  // Whoever put the first one woke the taker.
        }
        arrived_.notify_one();
        return true;
    }

    /// All or none: false when they do not all fit or it is closed; `values` are then untouched.
    bool put_all(std::vector<T>&& values) {
        if (values.empty()) return true;
        {
            std::lock_guard lock(mutex_);
            if (closed_ || waiting_.size() + values.size() > capacity_) return false;
            const bool was_empty = waiting_.empty();
            if (was_empty) waiting_.swap(values);
            else std::move(values.begin(), values.end(), std::back_inserter(waiting_));
            if (!was_empty) return true;
        }
        arrived_.notify_one();
        return true;
    }

    /// Waits until something is there, then takes all of it. Empty only once closed and drained.
    std::vector<T> take_all() {
        std::unique_lock lock(mutex_);
        arrived_.wait(lock, [&] { return closed_ || !waiting_.empty(); });
        return std::exchange(waiting_, {});
    }

    /// As take_all, but gives up after `wait` and then returns what is there, perhaps nothing.
    std::vector<T> take_all_within(std::chrono::milliseconds wait) {
        std::unique_lock lock(mutex_);
        arrived_.wait_for(lock, wait, [&] { return closed_ || !waiting_.empty(); });
        return std::exchange(waiting_, {});
    }

    /// Nothing can be put any more; the taker gets what waits, then empty batches.
    void close() {
        {
            std::lock_guard lock(mutex_);
            closed_ = true;
        }
        arrived_.notify_all();
    }

    bool is_closed() const {
        std::lock_guard lock(mutex_);
        return closed_;
    }

private:
    mutable std::mutex mutex_;
    std::condition_variable arrived_;
    std::vector<T> waiting_;
    std::size_t capacity_;
    bool closed_ = false;
};

}  // namespace posthorn
