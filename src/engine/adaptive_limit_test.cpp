#include "engine/adaptive_limit.h"

#include <gtest/gtest.h>

namespace posthorn::engine {
namespace {

using namespace std::chrono_literals;

struct AdaptiveLimitTest : testing::Test {
    AdaptiveLimitTest() { limit.set_bounds({20, 100}); }
    void succeed(int times, Millis took = 10ms) {
        for (int n = 0; n < times; ++n) limit.on_success(now, took, limit.value(), now);
    }
    Moment now = from_epoch_ms(1'000'000);
    AdaptiveLimit limit;
};

TEST_F(AdaptiveLimitTest, GrowsByOneWithAsManySuccessesAsItHasPlaces) {
    EXPECT_EQ(limit.value(), 20u);
    succeed(21);
    EXPECT_EQ(limit.value(), 21u);
    succeed(10'000);
    EXPECT_EQ(limit.value(), 100u);
}

TEST_F(AdaptiveLimitTest, DoesNotGrowWhileItIsNotUsed) {
    for (int n = 0; n < 1000; ++n) limit.on_success(now, 10ms, 5, now);
    EXPECT_EQ(limit.value(), 20u);
}

TEST_F(AdaptiveLimitTest, IsHalvedOncePerRoundAndNeverBelowOne) {
    const auto began = now;
    now += 20s;
    for (int n = 0; n < 20; ++n) limit.on_overload(began, now);
    EXPECT_EQ(limit.value(), 10u) << "all of them began before the first told";
    for (int n = 0; n < 20; ++n) {
        now += 20s;
        limit.on_overload(now - 10s, now);
    }
    EXPECT_EQ(limit.value(), 1u);
}

TEST_F(AdaptiveLimitTest, ShrinksWhenAnswersTakeFourTimesAsLongAndRegainsWhatItHad) {
    succeed(200, 100ms);
    const auto before = limit.value();
    now += 1s;
    succeed(40, 3s);
    EXPECT_LT(limit.value(), before);
    EXPECT_GE(limit.value(), 1u);
    now += 1s;
    succeed(2000, 100ms);
    EXPECT_GE(limit.value(), before);
}

TEST_F(AdaptiveLimitTest, SlowAnswersThatWereAlwaysSlowAreNoReason) {
    succeed(10, 5s);
    succeed(10, 6s);
    EXPECT_GE(limit.value(), 20u);
}

TEST_F(AdaptiveLimitTest, AfterAnOutageItDoublesUpToWhatItWasAndThenFeelsItsWay) {
    succeed(1000);
    const auto before = limit.value();
    for (int n = 0; n < 3; ++n) {
        now += 20s;
        limit.on_overload(now - 10s, now);
    }
    limit.begin_anew(now);
    EXPECT_EQ(limit.value(), 1u);
    std::vector<std::uint32_t> rounds;
    while (limit.value() < before) {
        now += 10ms;
        succeed(static_cast<int>(limit.value()));
        rounds.push_back(limit.value());
    }
    EXPECT_EQ(rounds.front(), 2u);
    EXPECT_LE(rounds.size(), 8u);
    succeed(static_cast<int>(before) - 2);
    EXPECT_LE(limit.value(), before + 2);
}

TEST_F(AdaptiveLimitTest, FollowsTheBoundsWhileTheyChange) {
    limit.set_bounds({5, 25});
    EXPECT_EQ(limit.value(), 5u);
    limit.set_bounds({30, 30});
    EXPECT_EQ(limit.value(), 30u);
    succeed(1000);
    EXPECT_EQ(limit.value(), 30u);
}

}  // namespace
}  // namespace posthorn::engine
