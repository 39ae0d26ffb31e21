#include "io/task_group.h"

#include <chrono>
#include <string>

#include <gtest/gtest.h>

#include "io/signal.h"
#include "io/timer_wheel.h"
#include "io/within.h"
#include "testkit/run_task.h"

namespace posthorn::io {
namespace {

using namespace std::chrono_literals;
using testkit::run_task;

struct TaskGroupTest : testing::Test {
    asio::io_context context{1};
    TimerWheel wheel{context};
    int ended = 0;
    int unwound = 0;

    Task<void> sleep(std::chrono::milliseconds wait) {
        struct Unwind {
            int& count;
            ~Unwind() { ++count; }
        };
        const Unwind unwind{unwound};
        co_await wheel.sleep(wait);
        co_await wheel.sleep(1ms);
        ++ended;
    }
    Task<Result<std::string>> slow(std::chrono::milliseconds wait) {
        co_await sleep(wait);
        co_return std::string("done");
    }
    Task<Result<std::string>> at_once() { co_return std::string("at once"); }
};

TEST_F(TaskGroupTest, WaitResumesWhenAllHaveEnded) {
    TaskGroup group(context);
    group.spawn(sleep(1ms));
    group.spawn(sleep(60ms));
    EXPECT_EQ(group.size(), 2u);
    run_task(context, group.wait());
    EXPECT_EQ(ended, 2);
    EXPECT_EQ(group.size(), 0u);
    run_task(context, group.wait());  // Nothing to wait for.
}

TEST_F(TaskGroupTest, CancelUnwindsWhatRunsAndStartsNothingMore) {
    TaskGroup group(context);
    group.spawn(sleep(1h));
    group.spawn(sleep(1h));
    context.poll();
    group.cancel();
    group.spawn(sleep(1ms));
    run_task(context, group.wait());
    EXPECT_EQ(unwound, 2);
    EXPECT_EQ(ended, 0);
}

TEST_F(TaskGroupTest, TheDestructorCancels) {
    {
        TaskGroup group(context);
        group.spawn(sleep(1h));
        context.poll();
    }
    context.restart();
    context.run();  // Would last an hour.
    EXPECT_EQ(unwound, 1);
}

TEST_F(TaskGroupTest, WithinGivesTheResultOfWorkThatIsInTime) {
    EXPECT_EQ(run_task(context, within(5s, slow(1ms), "too slow")).value(), "done");
    EXPECT_EQ(run_task(context, within(5s, at_once(), "too slow")).value(), "at once");
}

TEST_F(TaskGroupTest, WithinGivesUpAndCancelsTheWork) {
    const auto result = run_task(context, within(20ms, slow(1h), "too slow"));
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, Errc::timeout);
    EXPECT_EQ(result.error().detail, "too slow");
    context.restart();
    context.run();
    EXPECT_EQ(unwound, 1);
    EXPECT_EQ(ended, 0);
}

TEST_F(TaskGroupTest, ASignalWakesAllWhoWaitAndNobodyLater) {
    Signal signal(context.get_executor());
    int woken = 0;
    const auto waiter = [](Signal& from, int& count) -> Task<void> {
        co_await from.wait();
        ++count;
    };
    TaskGroup group(context);
    group.spawn(waiter(signal, woken));
    group.spawn(waiter(signal, woken));
    context.poll();
    signal.raise();
    EXPECT_EQ(woken, 0);  // Not within the call.
    group.spawn(waiter(signal, woken));
    context.restart();
    context.poll();
    EXPECT_EQ(woken, 2);
}

}  // namespace
}  // namespace posthorn::io
