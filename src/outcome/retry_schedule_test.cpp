#include "outcome/retry_schedule.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace posthorn::outcome {
namespace {

using namespace std::chrono_literals;

struct RetryScheduleTest : testing::Test {
    std::mt19937_64 random{7};
    RetrySchedule schedule{{5s, 30s, 2min}, 0.2};
};

TEST_F(RetryScheduleTest, EndsAfterItsLastWait) {
    EXPECT_TRUE(schedule.wait_before(3, {}, random));
    EXPECT_FALSE(schedule.wait_before(4, {}, random));
}

TEST_F(RetryScheduleTest, NeverComesBackEarlierThanTheReceiverAsked) {
    EXPECT_EQ(schedule.wait_before(1, 10min, random), 10min);
}

TEST_F(RetryScheduleTest, AReceiverCannotPostponeForEver) {
    EXPECT_EQ(schedule.wait_before(1, 8760h, random), kRetryAfterMax);
}

TEST_F(RetryScheduleTest, SpreadsTheWaitsButStaysWithinTheJitter) {
    std::vector<Millis> waits;
    for (int i = 0; i < 1000; ++i) waits.push_back(*schedule.wait_before(2, {}, random));

    const auto [shortest, longest] = std::ranges::minmax(waits);
    EXPECT_GE(shortest, 24s);
    EXPECT_LE(longest, 36s);
    EXPECT_GE(longest - shortest, 10s);
}

}  // namespace
}  // namespace posthorn::outcome
