#include "inspect/activity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace posthorn::inspect {
namespace {

using namespace std::chrono_literals;

struct ActivityTest : testing::Test {
    Moment now{1'790'000'000s};
    ActivityTrack track{15s, 240};

    static model::AttemptEnded ended(model::DeliveryState state, std::uint16_t status, std::int32_t total_us = 10'000,
                                     model::Failure failure = model::Failure::none) {
        model::AttemptEnded made{};
        made.attempt.status = status;
        made.attempt.failure = failure;
        made.attempt.times.total_us = total_us;
        made.verdict.state = state;
        return made;
    }
};

TEST_F(ActivityTest, CountsWithinItsStep) {
    track.on_accepted(now);
    track.on_accepted(now + 1s);
    track.on_accepted(now + 20s);
    const auto last = track.last(now + 20s);
    ASSERT_EQ(last.size(), 240U);
    EXPECT_EQ(last.back()->accepted, 1U);
    EXPECT_EQ(last[238]->accepted, 2U);
    EXPECT_EQ(last[237], nullptr);
}

TEST_F(ActivityTest, ForgetsWhatIsOlderThanItsSpan) {
    track.on_accepted(now);
    track.on_accepted(now + 2h);
    std::size_t kept = 0;
    for (const auto* bucket : track.last(now + 2h)) kept += bucket != nullptr;
    EXPECT_EQ(kept, 1U);
}

TEST_F(ActivityTest, AClockSetBackLosesNothing) {
    track.on_accepted(now);
    track.on_accepted(now - 10min);
    EXPECT_EQ(track.last(now).back()->accepted, 2U);
}

TEST_F(ActivityTest, TellsWhatBecameOfAttempts) {
    track.on_attempt(now, ended(model::DeliveryState::delivered, 204));
    track.on_attempt(now, ended(model::DeliveryState::retrying, 503));
    track.on_attempt(now, ended(model::DeliveryState::retrying, 503));
    track.on_attempt(now, ended(model::DeliveryState::dead, 0, -1, model::Failure::refused));
    const auto& bucket = *track.last(now).back();
    EXPECT_EQ(bucket.delivered, 1U);
    EXPECT_EQ(bucket.retried, 2U);
    EXPECT_EQ(bucket.dead, 1U);
    EXPECT_THAT(bucket.failures,
                testing::UnorderedElementsAre(testing::Pair("status_503", 2), testing::Pair("refused", 1)));
}

TEST_F(ActivityTest, KeepsABoundedNumberOfCauses) {
    for (std::uint16_t status = 400; status < 450; ++status)
        track.on_attempt(now, ended(model::DeliveryState::dead, status));
    const auto& failures = track.last(now).back()->failures;
    EXPECT_EQ(failures.size(), ActivityBucket::kCausesMax + 1);
    EXPECT_THAT(failures, testing::Contains(testing::Pair("other", 50 - ActivityBucket::kCausesMax)));
}

TEST_F(ActivityTest, APercentileIsRightWithinAFifth) {
    Latencies latencies;
    EXPECT_FALSE(latencies.percentile(0.5));
    for (int i = 1; i <= 1000; ++i) latencies.count(i);
    EXPECT_NEAR(*latencies.percentile(0.5), 500, 100);
    EXPECT_NEAR(*latencies.percentile(0.99), 990, 198);
    Latencies sum;
    sum.add(latencies);
    sum.add({});
    EXPECT_EQ(sum.percentile(0.95), latencies.percentile(0.95));
}

}  // namespace
}  // namespace posthorn::inspect
