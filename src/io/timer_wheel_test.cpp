#include "io/timer_wheel.h"

#include <array>
#include <memory>
#include <optional>
#include <vector>

#include <gtest/gtest.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

namespace posthorn::io {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

struct TimerWheelTest : testing::Test {
    asio::io_context context{1};
    std::optional<TimerWheel> wheel{context};
    Clock::time_point start = Clock::now();

    std::chrono::milliseconds passed() const {
        return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start);
    }
};

TEST_F(TimerWheelTest, FiresOnceAndNotBeforeItsTime) {
    TimerWheel::Entry entry;
    int fired = 0;
    std::chrono::milliseconds at{0};
    entry.set(*wheel, 60ms, [&] {
        ++fired;
        at = passed();
    });
    EXPECT_TRUE(entry.is_set());
    context.run();  // Ends by itself, so the timer does not run on with nothing set.
    EXPECT_EQ(fired, 1);
    EXPECT_FALSE(entry.is_set());
    EXPECT_GE(at, 60ms);
    EXPECT_LT(at, 60ms + 50ms + 100ms);  // The tick, and what a busy machine may add.
}

TEST_F(TimerWheelTest, AnEarlierEntryDoesNotWaitForOneThatWasSetBefore) {
    TimerWheel::Entry late;
    TimerWheel::Entry early;
    std::vector<int> order;
    late.set(*wheel, 150ms, [&] { order.push_back(2); });
    early.set(*wheel, 1ms, [&] { order.push_back(1); });
    context.run();
    EXPECT_EQ(order, (std::vector<int>{1, 2}));
}

TEST_F(TimerWheelTest, AClearedOrDestroyedEntryNeverFires) {
    TimerWheel::Entry cleared;
    auto destroyed = std::make_unique<TimerWheel::Entry>();
    TimerWheel::Entry last;
    int fired = 0;
    cleared.set(*wheel, 10ms, [&] { ++fired; });
    destroyed->set(*wheel, 10ms, [&] { ++fired; });
    last.set(*wheel, 60ms, [&] { fired += 100; });
    cleared.clear();
    destroyed.reset();
    context.run();
    EXPECT_EQ(fired, 100);
}

TEST_F(TimerWheelTest, SettingAgainMovesTheDeadline) {
    TimerWheel::Entry entry;
    int first = 0;
    int second = 0;
    entry.set(*wheel, 10ms, [&] { ++first; });
    entry.set(*wheel, 110ms, [&] { ++second; });
    context.run();
    EXPECT_EQ(first, 0);
    EXPECT_EQ(second, 1);
    EXPECT_GE(passed(), 110ms);
}

TEST_F(TimerWheelTest, AnActionMayClearDestroyAndSetEntriesThatAreDueWithIt) {
    // Whichever of the two fires first clears the other, and sets itself once more.
    struct Pair {
        TimerWheel::Entry first, second;
        int fired = 0, again = 0;
    } pair;
    pair.first.set(*wheel, 1ms, [&] {
        ++pair.fired;
        pair.second.clear();
        pair.first.set(*wheel, 1ms, [&] { ++pair.again; });
    });
    pair.second.set(*wheel, 1ms, [&] {
        ++pair.fired;
        pair.first.clear();
        pair.second.set(*wheel, 1ms, [&] { ++pair.again; });
    });
    auto suicidal = std::make_unique<TimerWheel::Entry>();
    suicidal->set(*wheel, 1ms, [&] { suicidal.reset(); });
    context.run();
    EXPECT_EQ(pair.fired, 1);
    EXPECT_EQ(pair.again, 1);
    EXPECT_EQ(suicidal, nullptr);
}

TEST_F(TimerWheelTest, AnActionMayDestroyTheWheel) {
    std::array<TimerWheel::Entry, 3> entries;
    int fired = 0;
    for (auto& entry : entries) {
        entry.set(*wheel, 1ms, [&] {
            ++fired;
            wheel.reset();
        });
    }
    context.run();
    EXPECT_EQ(fired, 1);
    for (const auto& entry : entries) EXPECT_FALSE(entry.is_set());
}

TEST_F(TimerWheelTest, WaitsBeyondOneTurnOfTheWheelDoNotFireEarly) {
    TimerWheel::Entry day;
    TimerWheel::Entry turn;
    TimerWheel::Entry soon;
    int early = 0;
    bool soon_fired = false;
    day.set(*wheel, 24h, [&] { ++early; });
    turn.set(*wheel, 4096 * 50ms, [&] { ++early; });  // The very slot of an entry that is due at once.
    soon.set(*wheel, 1ms, [&] { soon_fired = true; });
    context.run_for(120ms);
    EXPECT_TRUE(soon_fired);
    EXPECT_EQ(early, 0);
    EXPECT_TRUE(day.is_set());
    EXPECT_TRUE(turn.is_set());
}

TEST_F(TimerWheelTest, StopLetsTheContextRunOutOfWork) {
    TimerWheel::Entry entry;
    bool fired = false;
    entry.set(*wheel, 1h, [&] { fired = true; });
    wheel->stop();
    context.run();
    EXPECT_LT(passed(), 5s);
    EXPECT_FALSE(fired);
}

TEST_F(TimerWheelTest, SleepResumesAfterItsTimeAndIsFreedWithTheContext) {
    bool awake = false;
    asio::co_spawn(
        context,
        [](TimerWheel& sleeper, bool& done) -> Task<void> {
            co_await sleeper.sleep(30ms);
            done = true;
            co_await sleeper.sleep(1h);  // Under way when the context ends: ASan would report a leak.
        }(*wheel, awake),
        asio::detached);
    context.run_for(150ms);
    EXPECT_TRUE(awake);
}

}  // namespace
}  // namespace posthorn::io
