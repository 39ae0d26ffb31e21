#pragma once
// From other threads to the net thread, in batches.

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include <boost/asio/post.hpp>

#include "base/mailbox.h"
#include "io/task.h"

namespace posthorn::io {

/// A bounded queue that any thread puts into; the net thread gets all that waits in one call. However much is
/// put meanwhile, one wake-up of the io_context is under way.
template <class T>
class NetQueue {
public:
    using OnBatch = std::function<void(std::vector<T>)>;

    /// `on_batch` runs on the thread that runs `context`, with at least one value, in the order they were put.
    NetQueue(asio::io_context& context, std::size_t capacity, OnBatch on_batch)
        : executor_(context.get_executor()), state_(std::make_shared<State>(capacity, std::move(on_batch))) {}

    /// On the net thread (or once it has ended): nothing is handed over any more.
    ~NetQueue() {
        close();
        state_->on_batch = nullptr;
    }
    NetQueue(const NetQueue&) = delete;
    NetQueue& operator=(const NetQueue&) = delete;

    /// Any thread. False when full or closed; `value` is then untouched.
    bool put(T&& value) {
        if (!state_->waiting.put(std::move(value))) return false;
        wake();
        return true;
    }

    /// Any thread. All or none, as put().
    bool put_all(std::vector<T>&& values) {
        if (!state_->waiting.put_all(std::move(values))) return false;
        wake();
        return true;
    }

    /// Any thread. Nothing can be put any more; what waits is still handed over.
    void close() { state_->waiting.close(); }

private:
    struct State {
        State(std::size_t capacity, OnBatch on_batch_in) : waiting(capacity), on_batch(std::move(on_batch_in)) {}

        void hand_over() {
            // Before taking: a value that is put behind the take posts anew.
            is_posted.store(false);
            auto batch = waiting.take_all_within(std::chrono::milliseconds(0));
            if (!batch.empty() && on_batch) on_batch(std::move(batch));
        }

        Mailbox<T> waiting;
        std::atomic<bool> is_posted{false};  // Pairs put() of any thread with hand_over() of the net thread.
        OnBatch on_batch;                    // Net thread only.
    };

    void wake() {
        if (!state_->is_posted.exchange(true)) asio::post(executor_, [state = state_] { state->hand_over(); });
    }

    Executor executor_;
    std::shared_ptr<State> state_;
};

}  // namespace posthorn::io
