#pragma once
// A number that only grows, which other threads wait for.

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace posthorn {

/// One thread advances it, any may read and wait.
class Watermark {
public:
    explicit Watermark(std::uint64_t value = 0) : value_(value) {}

    void advance(std::uint64_t value) {
        {
            std::lock_guard lock(mutex_);
            if (value <= value_) return;
            value_ = value;
        }
        advanced_.notify_all();
    }

    std::uint64_t value() const {
        std::lock_guard lock(mutex_);
        return value_;
    }

    /// Nothing will advance any more: everyone who waits returns.
    void close() {
        {
            std::lock_guard lock(mutex_);
            closed_ = true;
        }
        advanced_.notify_all();
    }

    /// True once it is at least `value`; false when `wait` has passed or it was closed before that.
    bool wait_for(std::uint64_t value, std::chrono::milliseconds wait) const {
        std::unique_lock lock(mutex_);
        advanced_.wait_for(lock, wait, [&] { return closed_ || value_ >= value; });
        return value_ >= value;
    }

private:
    mutable std::mutex mutex_;
    mutable std::condition_variable advanced_;
    std::uint64_t value_;
    bool closed_ = false;
};

}  // namespace posthorn
