#include "engine/breaker.h"

#include <gtest/gtest.h>

namespace posthorn::engine {
namespace {

using namespace std::chrono_literals;

struct BreakerTest : testing::Test {
    bool fail(int times, Millis apart = 0ms) {
        bool has_opened = false;
        for (int n = 0; n < times; ++n) {
            has_opened = breaker.on_failure({500, model::Failure::none}, now) || has_opened;
            now += apart;
        }
        return has_opened;
    }
    void succeed(int times) {
        for (int n = 0; n < times; ++n) breaker.on_success(now);
    }
    /// The probe that is due goes out and fails; returns how long it was waited for.
    Millis failed_probe() {
        const auto waited = breaker.next_probe() - now;
        now = breaker.next_probe();
        breaker.begin_probe(now);
        breaker.on_probe_failure({503, model::Failure::none}, now);
        return waited;
    }
    Moment now = from_epoch_ms(1'000'000);
    Breaker breaker;
};

TEST_F(BreakerTest, OpensWhenHalfOfTwentyWithinAMinuteFailed) {
    succeed(10);
    EXPECT_FALSE(fail(9));
    EXPECT_TRUE(fail(1));
    EXPECT_EQ(breaker.state(), Breaker::State::open);
    EXPECT_EQ(breaker.reason(), "10 of 20 attempts within a minute failed; the last failure: 500.");
    EXPECT_EQ(breaker.since(), now);
    EXPECT_EQ(breaker.next_probe(), now + 2s);
}

TEST_F(BreakerTest, AFewFailuresAreNoReason) {
    EXPECT_FALSE(fail(9));
    EXPECT_TRUE(breaker.is_closed());
    EXPECT_EQ(breaker.reason(), "");
    EXPECT_DOUBLE_EQ(breaker.failure_share(now), 1.0);
}

TEST_F(BreakerTest, ForgetsWhatIsOlderThanItsWindow) {
    fail(9);
    now += 61s;
    succeed(1);
    EXPECT_FALSE(fail(9));
    EXPECT_DOUBLE_EQ(breaker.failure_share(now), 0.9);
    now += 10h;
    EXPECT_DOUBLE_EQ(breaker.failure_share(now), 0.0);
}

TEST_F(BreakerTest, AReceiverWithFewCallsOpensItByAStreak) {
    EXPECT_FALSE(fail(9, 20s));
    EXPECT_TRUE(fail(1));
    EXPECT_NE(breaker.reason().find("Nothing but failures since 1970-01-01T00:16:40.000Z"), std::string::npos)
        << breaker.reason();
}

TEST_F(BreakerTest, ASuccessEndsTheStreak) {
    fail(9, 20s);
    succeed(1);
    EXPECT_FALSE(fail(1));
    EXPECT_EQ(breaker.failing_since(), now);
}

TEST_F(BreakerTest, ProbesComeAtIntervalsThatDoubleUpToAMinute) {
    fail(20);
    std::vector<Millis> waits;
    for (int n = 0; n < 8; ++n) waits.push_back(failed_probe());
    EXPECT_EQ(waits, (std::vector<Millis>{2s, 4s, 8s, 16s, 32s, 60s, 60s, 60s}));
}

TEST_F(BreakerTest, OneProbeThatSucceedsClosesIt) {
    fail(20);
    now += 2s;
    breaker.begin_probe(now);
    EXPECT_EQ(breaker.state(), Breaker::State::half_open);
    breaker.on_probe_success(now);
    EXPECT_TRUE(breaker.is_closed());
    EXPECT_FALSE(breaker.failing_since());
    EXPECT_DOUBLE_EQ(breaker.failure_share(now), 0.0);
}

TEST_F(BreakerTest, ARelapseNeedsFewFailuresAndGoesOnWithTheIntervalsOfBefore) {
    fail(20);
    for (int n = 0; n < 3; ++n) failed_probe();
    now = breaker.next_probe();
    breaker.begin_probe(now);
    breaker.on_probe_success(now);
    now += 5s;
    EXPECT_FALSE(fail(3));
    EXPECT_TRUE(fail(1));
    EXPECT_EQ(breaker.next_probe(), now + 32s);
}

TEST_F(BreakerTest, LongAfterClosingItBeginsAnew) {
    fail(20);
    for (int n = 0; n < 5; ++n) failed_probe();
    now = breaker.next_probe();
    breaker.begin_probe(now);
    breaker.on_probe_success(now);
    now += 10min;
    EXPECT_FALSE(fail(19));
    EXPECT_TRUE(fail(1));
    EXPECT_EQ(breaker.next_probe(), now + 2s);
}

TEST_F(BreakerTest, WhatEndsWhileItIsOpenDoesNotCloseIt) {
    fail(20);
    succeed(5);
    EXPECT_EQ(breaker.state(), Breaker::State::open);
    EXPECT_FALSE(fail(5));
}

TEST_F(BreakerTest, IsGivenUpAfterADayOfNothingButFailures) {
    fail(20);
    now += 23h;
    EXPECT_FALSE(breaker.is_given_up(now));
    now += 1h;
    EXPECT_TRUE(breaker.is_given_up(now));
    breaker.give_chance(now);
    EXPECT_FALSE(breaker.is_given_up(now + 23h));
    EXPECT_EQ(breaker.next_probe(), now);
}

TEST_F(BreakerTest, AfterARestartAProbeDecides) {
    breaker.open_as_before(now - 20h, now);
    EXPECT_EQ(breaker.state(), Breaker::State::open);
    EXPECT_EQ(breaker.next_probe(), now);
    EXPECT_EQ(breaker.failing_since(), now - 20h);
    failed_probe();
    now += 4h;
    EXPECT_TRUE(breaker.is_given_up(now));
}

TEST_F(BreakerTest, AProbeThatCameToNothingIsTriedAgain) {
    fail(20);
    now += 2s;
    breaker.begin_probe(now);
    breaker.drop_probe(now, now + 1s);
    EXPECT_EQ(breaker.state(), Breaker::State::open);
    EXPECT_EQ(breaker.next_probe(), now + 1s);
    EXPECT_EQ(breaker.since(), now - 2s);
}

}  // namespace
}  // namespace posthorn::engine
