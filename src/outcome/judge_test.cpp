#include "outcome/judge.h"

#include <gtest/gtest.h>

namespace posthorn::outcome {
namespace {

using namespace std::chrono_literals;
using model::DeadReason;
using model::DeliveryState;
using model::Failure;

struct JudgeTest : testing::Test {
    model::Verdict after(std::uint16_t status, std::uint32_t number = 1, Failure failure = Failure::none) {
        model::Attempt attempt;
        attempt.status = status;
        attempt.number = number;
        attempt.failure = failure;
        return judge(attempt, {schedule, deadline, now, retry_after}, random);
    }

    std::mt19937_64 random{1};
    RetrySchedule schedule{{5s, 30s}, 0.0};
    Moment made_at = from_epoch_ms(1'000'000);
    Moment now = made_at + 10s;
    Moment deadline = made_at + 72h;
    std::optional<Millis> retry_after;
};

TEST_F(JudgeTest, EverySuccessfulStatusIsDelivered) {
    for (const std::uint16_t status : std::initializer_list<std::uint16_t>{200, 201, 202, 204, 299})
        EXPECT_EQ(after(status).state, DeliveryState::delivered) << status;
}

TEST_F(JudgeTest, WhatMayPassIsRetriedAfterTheWaitOfTheSchedule) {
    for (const std::uint16_t status : std::initializer_list<std::uint16_t>{408, 409, 425, 429, 500, 502, 503, 599}) {
        EXPECT_EQ(after(status).state, DeliveryState::retrying) << status;
        EXPECT_EQ(after(status).retry_at, now + 5s) << status;
    }
    EXPECT_EQ(after(503, 2).retry_at, now + 30s);
}

TEST_F(JudgeTest, NoAnswerIsRetriedWhateverItsCause) {
    for (const auto failure : {Failure::unresolved, Failure::address_forbidden, Failure::refused,
                               Failure::connect_timeout, Failure::answer_timeout, Failure::tls, Failure::broken})
        EXPECT_EQ(after(0, 1, failure).state, DeliveryState::retrying) << to_string(failure);
}

TEST_F(JudgeTest, RetryAfterIsHonoured) {
    retry_after = 1h;
    EXPECT_EQ(after(429).retry_at, now + 1h);
}

TEST_F(JudgeTest, ARedirectOrAnyOtherRefusalIsDeadAtOnce) {
    for (const std::uint16_t status :
         std::initializer_list<std::uint16_t>{301, 302, 304, 307, 308, 400, 401, 403, 404, 413, 600}) {
        EXPECT_EQ(after(status).state, DeliveryState::dead) << status;
        EXPECT_EQ(after(status).reason, DeadReason::status) << status;
    }
}

TEST_F(JudgeTest, GoneIsDeadAndPausesTheWebhook) {
    EXPECT_EQ(after(410).reason, DeadReason::gone);
    EXPECT_TRUE(after(410).pauses_webhook);
    EXPECT_FALSE(after(404).pauses_webhook);
}

TEST_F(JudgeTest, AnUnsafeUrlIsDeadAtOnce) {
    EXPECT_EQ(after(0, 1, Failure::unsafe_url).reason, DeadReason::unsafe_url);
}

TEST_F(JudgeTest, IsDeadWhenTheScheduleIsUsedUp) { EXPECT_EQ(after(503, 3).reason, DeadReason::exhausted); }

TEST_F(JudgeTest, IsDeadWhenTheNextTryWouldComeAfterTheDeadline) {
    now = deadline - 4s;
    EXPECT_EQ(after(503).reason, DeadReason::deadline);
}

}  // namespace
}  // namespace posthorn::outcome
