// Whether a new event finds room, as the scheduler tells.
#include "engine/scheduler_fixture.h"

namespace posthorn::engine {
namespace {

using namespace std::chrono_literals;

using SchedulerRoomTest = SchedulerTest;

struct SmallRoomTest : SchedulerTest {
    SmallRoomTest() : SchedulerTest(2) {}
};

TEST_F(SchedulerRoomTest, ALaneWithoutRoomIsCrowdedWhileItTakesCallsQuickly) {
    lane(kOne, "http://a:1", 1);
    const std::vector<model::Target> one{{kOne, 1}};
    const std::vector<model::Target> four(4, {kOne, 1});
    EXPECT_FALSE(scheduler.crowded(std::vector<model::Target>(9, {kOne, 1}), now)) << "it will never fit better";
    for (std::uint64_t n = 1; n <= 4; ++n) accept(n, {kOne});
    EXPECT_EQ(scheduler.waiting_in_memory(), 3u);
    EXPECT_FALSE(scheduler.crowded(one, now));
    EXPECT_EQ(scheduler.crowded(four, now), kOne);
    end(0);
    EXPECT_FALSE(scheduler.crowded(std::vector<model::Target>(2, {kOne, 1}), now));
    EXPECT_EQ(scheduler.crowded(four, now + 50ms), kOne);
    EXPECT_FALSE(scheduler.crowded(four, now + 51ms)) << "a slow receiver holds nobody up";
}

TEST_F(SchedulerRoomTest, WhatIsOnItsWayIntoTheJournalTakesRoom) {
    lane(kOne, "http://a:1", 1);
    lane(kTwo, "http://b:1", 1);
    const std::vector<model::Target> both{{kTwo, 1}, {kOne, 1}};
    accept(1, {kOne});
    for (int n = 0; n < 4; ++n) {
        EXPECT_FALSE(scheduler.crowded(both, now));
        scheduler.announce({{kOne, 1}});
    }
    EXPECT_EQ(scheduler.crowded(both, now), kOne);
    scheduler.withdraw({{kOne, 1}});
    EXPECT_FALSE(scheduler.crowded(both, now));
}

TEST_F(SchedulerRoomTest, NobodyWaitsForALaneThatIsHeldOrGoneOrWhileDraining) {
    const std::vector<model::Target> many(9, {kOne, 1});
    lane(kOne, "http://a:1", 1);
    for (std::uint64_t n = 1; n <= 3; ++n) accept(n, {kOne});
    EXPECT_TRUE(scheduler.crowded(many, now));
    lane(kOne, "http://a:1", 1, true);
    EXPECT_FALSE(scheduler.crowded(many, now));
    lane(kOne, "http://a:1", 1);
    EXPECT_TRUE(scheduler.crowded(many, now)) << "what it has waits in the state";
    step(Drain{});
    EXPECT_FALSE(scheduler.crowded(many, now));
    step(LaneGone{kOne});
    EXPECT_FALSE(scheduler.crowded(many, now));
}

TEST_F(SmallRoomTest, AnEventWaitsForAPlaceOfTheWholeWhereItsLaneWaitsForOneToo) {
    lane(kOne, "http://a:1", 1);
    lane(kTwo, "http://b:1", 5);
    const std::vector<model::Target> one{{kOne, 1}}, two{{kTwo, 1}};
    accept(1, {kOne});
    accept(2, {kTwo});
    accept(3, {kOne});
    EXPECT_FALSE(scheduler.crowded(two, now)) << "it has nothing waiting";
    EXPECT_FALSE(scheduler.crowded(one, now)) << "what waits there waits for its own place";
    accept(4, {kTwo});
    EXPECT_EQ(scheduler.crowded(two, now), Scheduler::kAllLanes);
    EXPECT_FALSE(scheduler.crowded(two, now + 201ms)) << "no calls end, it would be in vain";
    end(1);
    EXPECT_EQ(started.back().installation, kTwo);
    EXPECT_FALSE(scheduler.crowded(two, now)) << "all it had is under way";
    scheduler.announce(two);
    EXPECT_EQ(scheduler.crowded(two, now), Scheduler::kAllLanes) << "one is on its way into the journal";
    end(0);
    end(2);
    EXPECT_EQ(scheduler.crowded(two, now), Scheduler::kAllLanes) << "the other place is taken";
    end(3);
    EXPECT_FALSE(scheduler.crowded(two, now));
}

}  // namespace
}  // namespace posthorn::engine
