#include "engine/token_bucket.h"

#include <gtest/gtest.h>

namespace posthorn::engine {
namespace {

using namespace std::chrono_literals;

TEST(TokenBucket, HoldsAQuarterOfASecondAndKeepsTheRate) {
    Moment now = from_epoch_ms(5'000);
    TokenBucket bucket;
    bucket.set(wire::Rate{100, 1s}, now);
    int taken = 0;
    for (const auto end = now + 10s; now < end; now += 50ms)
        while (bucket.has_token(now)) {
            bucket.take();
            ++taken;
        }
    EXPECT_GE(taken, 1000);
    EXPECT_LE(taken, 1026);
}

TEST(TokenBucket, ASlowRateHasOneAtATimeAndSaysWhenTheNextOneComes) {
    Moment now = from_epoch_ms(5'000);
    TokenBucket bucket;
    bucket.set(wire::Rate{6, 1min}, now);
    ASSERT_TRUE(bucket.has_token(now));
    bucket.take();
    ASSERT_FALSE(bucket.has_token(now));
    EXPECT_GE(bucket.next_at(), now + 9'700ms);
    EXPECT_LE(bucket.next_at(), now + 10'001ms);
    EXPECT_FALSE(bucket.has_token(bucket.next_at() - 10ms));
    EXPECT_TRUE(bucket.has_token(bucket.next_at()));
}

TEST(TokenBucket, ChangesWhileItRuns) {
    Moment now = from_epoch_ms(5'000);
    TokenBucket bucket;
    EXPECT_TRUE(bucket.has_token(now));
    bucket.set(wire::Rate{5, 1h}, now);
    ASSERT_TRUE(bucket.has_token(now));
    bucket.take();
    EXPECT_FALSE(bucket.has_token(now + 1min));
    bucket.set(wire::Rate{1000, 1s}, now + 1min);
    EXPECT_TRUE(bucket.has_token(now + 1min + 2ms));
    bucket.set(std::nullopt, now + 1min + 2ms);
    for (int n = 0; n < 10'000; ++n) {
        ASSERT_TRUE(bucket.has_token(now + 1min + 2ms));
        bucket.take();
    }
}

}  // namespace
}  // namespace posthorn::engine
