#pragma once
// How one coroutine of the net thread wakes another.

#include <chrono>

#include <boost/asio/steady_timer.hpp>

#include "io/task.h"

namespace posthorn::io {

using SteadyTimer =
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;

/// Coroutines wait, somebody raises. Not sticky: who waits later waits for the next raise, so look at the
/// condition first. Net thread only. A timer that never comes underneath: the io_context then owns whoever
/// waits, and frees him if it is destroyed.
class Signal {
public:
    explicit Signal(Executor executor) : timer_(executor, SteadyTimer::time_point::max()) {}

    /// Resumes when raised (or when the coroutine is cancelled).
    Task<void> wait() { co_await timer_.async_wait(as_result); }

    /// Resumes when raised, or at `at` if that comes first. One waiter at a time.
    Task<void> wait_until(std::chrono::steady_clock::time_point at) {
        timer_.expires_at(at);
        co_await timer_.async_wait(as_result);
    }

    /// Wakes all who wait now, not within this call.
    void raise() { timer_.cancel(); }

private:
    SteadyTimer timer_;
};

}  // namespace posthorn::io
