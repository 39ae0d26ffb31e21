#pragma once
// Many coarse deadlines with one timer.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

#include "io/task.h"

namespace posthorn::io {

/// Deadlines rounded up to 50 ms, set and cleared in constant time. Net thread only.
class TimerWheel {
public:
    explicit TimerWheel(asio::io_context& context);
    ~TimerWheel();

    /// One deadline. Its owner keeps it in place; the destructor clears it.
    class Entry {
    public:
        Entry() = default;
        ~Entry() { clear(); }
        Entry(const Entry&) = delete;
        Entry& operator=(const Entry&) = delete;

        /// `action` runs once on the net thread, `wait` from now rounded up, unless cleared or set again.
        void set(TimerWheel& wheel, std::chrono::milliseconds wait, std::function<void()> action);
        void clear();

    private:
        friend class TimerWheel;
        TimerWheel* wheel_ = nullptr;
        Entry* before_ = nullptr;
        Entry* behind_ = nullptr;
        std::uint64_t due_tick_ = 0;
        std::function<void()> action_;
    };

    /// Resumes after `wait`, rounded up to the tick.
    Task<void> sleep(std::chrono::milliseconds wait);

    /// Ends the timer, so that the io_context can run out of work.
    void stop();

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace posthorn::io
