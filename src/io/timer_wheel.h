#pragma once
// Many coarse deadlines with one timer.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

#include "io/task.h"

namespace posthorn::io {

/// Deadlines rounded up to 50 ms, set and cleared in constant time. Net thread only.
/// The timer under it runs only while an entry is set, and ends at most 200 ms behind the last one.
class TimerWheel {
    struct Impl;

public:
    static constexpr std::chrono::milliseconds kTick{50};

    explicit TimerWheel(asio::io_context& context);
    /// Clears every entry; none of them fires any more.
    ~TimerWheel();
    TimerWheel(const TimerWheel&) = delete;
    TimerWheel& operator=(const TimerWheel&) = delete;

    /// One deadline. Its owner keeps it in place; the destructor clears it.
    class Entry {
    public:
        Entry() = default;
        ~Entry() { clear(); }
        Entry(const Entry&) = delete;
        Entry& operator=(const Entry&) = delete;

        /// `action` runs once on the net thread, `wait` from now rounded up, unless cleared or set again.
        /// It may set or destroy this entry, any other, or the wheel. An action that captures no more than
        /// two pointers costs no allocation. Entries of one tick fire in no particular order.
        void set(TimerWheel& wheel, std::chrono::milliseconds wait, std::function<void()> action);
        void clear();
        bool is_set() const { return wheel_ != nullptr; }

    private:
        friend class TimerWheel;
        friend struct Impl;
        Impl* wheel_ = nullptr;
        Entry* before_ = nullptr;
        Entry* behind_ = nullptr;
        std::uint64_t due_tick_ = 0;
        std::uint32_t slot_ = 0;
        std::function<void()> action_;
    };

    /// Resumes after `wait`, rounded up to the tick. Has a timer of its own, so it is for waits that are not on
    /// the way of every event, and it keeps the io_context running until it is over or cancelled (TaskGroup).
    Task<void> sleep(std::chrono::milliseconds wait);

    /// Ends the timer, so that the io_context can run out of work. Entries set before or later never fire.
    void stop();

private:
    std::shared_ptr<Impl> impl_;
};

}  // namespace posthorn::io
