#include "outcome/health.h"

#include <gtest/gtest.h>

namespace posthorn::outcome {
namespace {

Health answered(std::uint16_t status, std::optional<Millis> retry_after = {}) {
    model::Attempt attempt;
    attempt.status = status;
    return health_of(attempt, retry_after);
}

Health failed(model::Failure failure) {
    model::Attempt attempt;
    attempt.failure = failure;
    return health_of(attempt, {});
}

TEST(Health, WhoAnswersIsWellEvenIfHeRefuses) {
    for (const int status : {200, 204, 301, 400, 401, 404, 408, 409, 410, 425})
        EXPECT_EQ(answered(static_cast<std::uint16_t>(status)), Health::well) << status;
}

TEST(Health, A429CountsAsAFailureUnlessItSaysWhenToComeBack) {
    EXPECT_TRUE(is_failure(answered(429)));
    EXPECT_FALSE(is_failure(answered(429, Millis(1000))));
    EXPECT_TRUE(asks_for_less(answered(429)));
    EXPECT_TRUE(asks_for_less(answered(429, Millis(1000))));
}

TEST(Health, OnlyA503OfTheServerErrorsAsksForFewerCalls) {
    EXPECT_EQ(answered(500), Health::failing);
    EXPECT_EQ(answered(503), Health::overloaded);
    EXPECT_EQ(answered(503, Millis(1000)), Health::overloaded);
}

TEST(Health, NoAnswerIsAFailureAndNothingSentTellsNothing) {
    using model::Failure;
    for (const auto failure : {Failure::refused, Failure::connect_timeout, Failure::answer_timeout, Failure::broken})
        EXPECT_EQ(failed(failure), Health::overloaded);
    for (const auto failure : {Failure::unresolved, Failure::tls, Failure::address_forbidden})
        EXPECT_EQ(failed(failure), Health::failing);
    EXPECT_EQ(failed(Failure::unsafe_url), Health::unknown);
}

}  // namespace
}  // namespace posthorn::outcome
