#include "io/timer_wheel.h"

#include <algorithm>
#include <array>
#include <utility>

#include <boost/asio/steady_timer.hpp>

#include "io/signal.h"

namespace posthorn::io {
namespace {

using Clock = std::chrono::steady_clock;

// 4096 ticks are 204.8 s: an entry that waits longer is looked at once per turn of the wheel.
constexpr std::uint32_t kSlots = 4096;
// The list of entries that are due and whose actions have not run yet.
constexpr std::uint32_t kDueSlot = kSlots;
// How far ahead the timer is set at most. Deadlines are nearly always set later than that and moved before they
// come, so that setting one does not touch the timer; and an idle wheel ends soon without being told.
constexpr std::uint64_t kAheadTicks = 4;
constexpr std::chrono::milliseconds kWaitMax = std::chrono::hours(24 * 3650);

}  // namespace

struct TimerWheel::Impl : std::enable_shared_from_this<Impl> {
    explicit Impl(asio::io_context& context) : timer(context.get_executor()), started(Clock::now()) {}

    SteadyTimer timer;
    Clock::time_point started;
    std::array<Entry*, kSlots + 1> heads{};
    std::size_t count = 0;
    std::uint64_t done_tick = 0;   // All that was due up to here has fired.
    std::uint64_t armed_tick = 0;  // When the timer fires; 0 when it does not run.
    bool is_stopped = false;

    std::uint64_t tick_now() const { return static_cast<std::uint64_t>((Clock::now() - started) / kTick); }

    std::uint64_t tick_after(std::chrono::milliseconds wait) const {
        const auto bounded = std::clamp(wait, std::chrono::milliseconds(0), kWaitMax);
        const auto due = Clock::now() - started + bounded;
        return static_cast<std::uint64_t>((due + kTick - std::chrono::nanoseconds(1)) / kTick);
    }

    void link(Entry& entry, std::uint32_t slot) {
        entry.slot_ = slot;
        entry.before_ = nullptr;
        entry.behind_ = heads[slot];
        if (entry.behind_ != nullptr) entry.behind_->before_ = &entry;
        heads[slot] = &entry;
    }

    void unlink(Entry& entry) {
        if (entry.before_ != nullptr) {
            entry.before_->behind_ = entry.behind_;
        } else {
            heads[entry.slot_] = entry.behind_;
        }
        if (entry.behind_ != nullptr) entry.behind_->before_ = entry.before_;
    }

    void add(Entry& entry, std::chrono::milliseconds wait) {
        if (count == 0 && armed_tick == 0) done_tick = tick_now();  // Nobody was waiting for the ticks between.
        entry.wheel_ = this;
        entry.due_tick_ = std::max(tick_after(wait), done_tick + 1);
        link(entry, static_cast<std::uint32_t>(entry.due_tick_ % kSlots));
        ++count;
        if (armed_tick == 0) {
            arm();
        } else if (entry.due_tick_ < armed_tick) {
            arm_at(entry.due_tick_);
        }
    }

    void remove(Entry& entry) {
        unlink(entry);
        entry.wheel_ = nullptr;
        --count;
    }

    void arm() {
        armed_tick = 0;
        if (is_stopped || count == 0) return;
        auto tick = done_tick + 1;
        const auto last = std::max(tick_now(), done_tick) + kAheadTicks;
        while (tick < last && heads[tick % kSlots] == nullptr) ++tick;
        arm_at(tick);
    }

    void arm_at(std::uint64_t tick) {
        if (is_stopped) return;
        armed_tick = tick;
        timer.expires_at(started + tick * kTick);
        timer.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
            if (error) return;
            if (const auto self = weak.lock()) self->fire();
        });
    }

    void fire() {
        const auto now = tick_now();
        const auto ticks = std::min<std::uint64_t>(now - std::min(now, done_tick), kSlots);
        for (std::uint64_t tick = now - ticks + 1; tick <= now; ++tick) collect(tick % kSlots, now);
        done_tick = std::max(done_tick, now);
        // An action may clear entries that are due as well, and set new ones: those go behind done_tick.
        while (heads[kDueSlot] != nullptr) {
            Entry& entry = *heads[kDueSlot];
            remove(entry);
            const auto action = std::exchange(entry.action_, nullptr);
            action();  // From here on `entry` may be gone.
        }
        arm();
    }

    void collect(std::uint64_t slot, std::uint64_t now) {
        for (Entry* entry = heads[slot]; entry != nullptr;) {
            Entry* const next = entry->behind_;
            if (entry->due_tick_ <= now) {
                unlink(*entry);
                link(*entry, kDueSlot);
            }
            entry = next;
        }
    }

    void clear_all() {
        for (auto& head : heads) {
            while (head != nullptr) head->clear();
        }
    }
};

TimerWheel::TimerWheel(asio::io_context& context) : impl_(std::make_shared<Impl>(context)) {}

TimerWheel::~TimerWheel() {
    stop();
    impl_->clear_all();
}

void TimerWheel::Entry::set(TimerWheel& wheel, std::chrono::milliseconds wait, std::function<void()> action) {
    if (wheel_ != nullptr) wheel_->remove(*this);
    action_ = std::move(action);
    wheel.impl_->add(*this, wait);
}

void TimerWheel::Entry::clear() {
    if (wheel_ == nullptr) return;
    wheel_->remove(*this);
    action_ = nullptr;
}

Task<void> TimerWheel::sleep(std::chrono::milliseconds wait) {
    SteadyTimer timer(impl_->timer.get_executor());
    timer.expires_at(impl_->started + impl_->tick_after(wait) * kTick);
    co_await timer.async_wait(as_result);
}

void TimerWheel::stop() {
    impl_->is_stopped = true;
    impl_->armed_tick = 0;
    impl_->timer.cancel();
}

}  // namespace posthorn::io
