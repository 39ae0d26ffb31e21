// Deliveries with order keys, as the scheduler keeps them apart.
#include "engine/scheduler.h"

#include <map>

#include <gtest/gtest.h>

namespace posthorn::engine {
namespace {

using namespace std::chrono_literals;

constexpr InstallationId kOne{1};

/// A scheduler with a state that knows what waits, by the rules of state::Reader::due.
struct OrderTest : testing::Test {
    OrderTest() {
        lane(false);
        step(Recovered{});
    }
    void lane(bool is_held) {
        LaneConfig config;
        config.installation = kOne;
        config.receiver = "http://a:1";
        config.tenant = TenantId{1};
        config.is_held = is_held;
        step(LaneSet{std::move(config)});
    }
    DeliveryId accept(model::OrderKey order) {
        auto event = std::make_shared<model::Event>();
        event->id = EventId{++events << 12};
        event->accepted_at = now;
        state::Due due;
        due.event = event;
        due.delivery.id = delivery_of(event->id, 0);
        due.delivery.event = event->id;
        due.delivery.installation = kOne;
        due.delivery.due_at = due.delivery.made_at = now;
        due.delivery.order = order;
        waiting.emplace(due.delivery.id, due);
        step(Accepted{event, {{kOne, 1, order}}});
        return due.delivery.id;
    }
    void step(Input input) {
        Commands commands;
        scheduler.step(std::move(input), now, commands);
        for (const auto& start : commands.start) started.push_back(start.due.delivery.id);
        loads += commands.load.size();
        for (const auto& load : commands.load)
            if (!is_asking) step(Loaded{kOne, answer(load.deliveries_max)});
    }
    state::DueAnswer answer(std::size_t heads_max) {
        state::DueAnswer found;
        std::size_t heads = 0;
        std::map<model::OrderKey, std::size_t> seen;
        for (const auto& [id, due] : waiting) {
            const auto order = due.delivery.order;
            if (order != model::kUnordered && seen[order]++ > 0) continue;
            if (due.delivery.due_at > now || heads++ >= heads_max) {
                found.next_due = std::min(found.next_due.value_or(due.delivery.due_at), due.delivery.due_at);
                continue;
            }
            found.due.push_back(due);
            if (order == model::kUnordered) continue;
            std::size_t followers = 0;
            for (auto behind = waiting.upper_bound(id); behind != waiting.end(); ++behind) {
                if (behind->second.delivery.order != order) continue;
                if (followers++ == state::kFollowersMax) {
                    found.due.back().has_followers = true;
                    break;
                }
                found.due.push_back(behind->second);
                found.due.back().is_follower = true;
            }
        }
        return found;
    }
    void deliver(DeliveryId id) {
        step(Ended{id, kOne, {}});
        waiting.erase(id);
        step(Settled{id, kOne});
    }
    void fail(DeliveryId id, Millis wait) {
        model::Verdict verdict;
        verdict.state = model::DeliveryState::retrying;
        verdict.retry_at = now + wait;
        step(Ended{id, kOne, verdict});
        waiting.at(id).delivery.due_at = verdict.retry_at;
        step(Settled{id, kOne});
    }

    Moment now = from_epoch_ms(1'790'000'000'000);
    std::uint64_t events = 0;
    Scheduler scheduler{{.attempts_max = 100, .window = 64}, 0};
    std::map<DeliveryId, state::Due> waiting;
    std::vector<DeliveryId> started;
    std::size_t loads = 0;
    bool is_asking = false;  // The state answers later.
};

TEST_F(OrderTest, OneCallAtATimeWithinAKeyAndOthersBesideIt) {
    const auto a1 = accept(7), a2 = accept(7), b1 = accept(8), free = accept(model::kUnordered), a3 = accept(7);
    EXPECT_EQ(started, (std::vector{a1, b1, free}));
    step(Ended{a1, kOne, {}});
    EXPECT_EQ(started.size(), 3u) << "its outcome is not durable yet";
    waiting.erase(a1);
    step(Settled{a1, kOne});
    EXPECT_EQ(started.back(), a2);
    deliver(a2);
    EXPECT_EQ(started.back(), a3);
    EXPECT_EQ(loads, 0u) << "all of it was in memory";
}

TEST_F(OrderTest, AFailingHeadBlocksItsKeyAloneAndNothingOvertakesIt) {
    const auto a1 = accept(7), a2 = accept(7), b1 = accept(8);
    fail(a1, 30s);
    const auto a3 = accept(7), b2 = accept(8);
    EXPECT_EQ(started, (std::vector{a1, b1}));
    deliver(b1);
    EXPECT_EQ(started.back(), b2);
    deliver(b2);
    now += 30s;
    step(Tick{});
    EXPECT_EQ(started.back(), a1);
    EXPECT_EQ(started.size(), 4u);
    deliver(a1);
    EXPECT_EQ(started.back(), a2);
    deliver(a2);
    EXPECT_EQ(started.back(), a3);
}

TEST_F(OrderTest, BehindAHeadThatWasCancelledUnderWayNobodyWaitsForItsRetry) {
    const auto a1 = accept(7), a2 = accept(7);
    waiting.erase(a1);
    step(Cancelled{{a1}});
    step(DueInState{kOne, now});
    EXPECT_EQ(started, std::vector{a1}) << "one call of a key at a time";
    step(Ended{a1, kOne, {.state = model::DeliveryState::retrying, .retry_at = now + 1h}});
    const auto a3 = accept(7);
    step(Settled{a1, kOne});
    EXPECT_EQ(started, (std::vector{a1, a2}));
    deliver(a2);
    EXPECT_EQ(started.back(), a3);
}

TEST_F(OrderTest, NorBehindAHeadOfBeforeItsAddonWasInstalledAgain) {
    const auto a1 = accept(7);
    step(LaneGone{kOne});
    waiting.clear();
    lane(false);
    const auto a2 = accept(7);
    EXPECT_EQ(started, std::vector{a1}) << "one call of a key at a time";
    step(Ended{a1, kOne, {.state = model::DeliveryState::retrying, .retry_at = now + 1h}});
    step(Settled{a1, kOne});
    EXPECT_EQ(started, (std::vector{a1, a2}));
}

TEST_F(OrderTest, WhatComesWhileTheStateIsAskedStaysBehindItsKey) {
    is_asking = true;
    const auto a1 = accept(7);
    fail(a1, 1s);
    now += 1s;
    step(Tick{});
    const auto b1 = accept(8), a2 = accept(7), b2 = accept(8);
    EXPECT_EQ(started, std::vector{a1}) << "the answer may bring earlier ones of key 8";
    is_asking = false;
    step(Loaded{kOne, answer(64)});
    EXPECT_EQ(started, (std::vector{a1, a1, b1}));
    deliver(b1);
    deliver(a1);
    EXPECT_EQ(started, (std::vector{a1, a1, b1, b2, a2}));
}

TEST_F(OrderTest, WhenTheHeadDiesTheKeyMovesOn) {
    const auto a1 = accept(7), a2 = accept(7);
    step(Ended{a1, kOne, {.state = model::DeliveryState::dead}});
    waiting.erase(a1);
    step(Settled{a1, kOne});
    EXPECT_EQ(started.back(), a2);
}

TEST_F(OrderTest, ALongLineIsKeptInTheStateAndComesInOrder) {
    std::vector<DeliveryId> all;
    for (int n = 0; n < 100; ++n) all.push_back(accept(7));
    EXPECT_LE(scheduler.waiting_in_memory(), state::kFollowersMax);
    for (std::size_t n = 0; n < all.size(); ++n) {
        ASSERT_EQ(started.size(), n + 1);
        ASSERT_EQ(started.back(), all[n]);
        deliver(all[n]);
    }
    EXPECT_LE(loads, 20u);
}

TEST_F(OrderTest, BeforeWhatWaitedAtTheStartIsKnownNothingOrderedGoesDirectly) {
    Scheduler fresh({}, 0);
    Commands commands;
    LaneConfig config;
    config.installation = kOne;
    config.receiver = "http://a:1";
    fresh.step(LaneSet{config}, now, commands);
    auto event = std::make_shared<model::Event>();
    event->id = EventId{9 << 12};
    event->accepted_at = now;
    fresh.step(Accepted{event, {{kOne, 1, 7}}}, now, commands);
    EXPECT_TRUE(commands.start.empty());
    EXPECT_EQ(commands.load.size(), 1u);
}

TEST_F(OrderTest, AnOldAnswerDoesNotLetAFollowerPassItsHead) {
    const auto a1 = accept(7), a2 = accept(7);
    Commands commands;
    scheduler.step(DueInState{kOne, now}, now, commands);
    ASSERT_EQ(commands.load.size(), 1u);
    const auto old = answer(64);
    fail(a1, 30s);
    step(Loaded{kOne, old});
    EXPECT_EQ(started, std::vector{a1});
    now += 30s;
    step(Tick{});
    ASSERT_EQ(started.size(), 2u);
    EXPECT_EQ(started.back(), a1);
    deliver(a1);
    EXPECT_EQ(started.back(), a2);
}

TEST_F(OrderTest, APauseTakesTheLineOutOfMemoryAndKeepsItsOrder) {
    const auto a1 = accept(7), a2 = accept(7), a3 = accept(7);
    lane(true);
    EXPECT_EQ(scheduler.waiting_in_memory(), 0u);
    deliver(a1);
    EXPECT_EQ(started.size(), 1u);
    lane(false);
    EXPECT_EQ(started.back(), a2);
    deliver(a2);
    EXPECT_EQ(started.back(), a3);
}

TEST_F(OrderTest, ACancelledOneLeavesItsPlaceToTheNext) {
    const auto a1 = accept(7), a2 = accept(7), a3 = accept(7);
    waiting.erase(a2);
    step(Cancelled{{a2}});
    deliver(a1);
    EXPECT_EQ(started.back(), a3);
    EXPECT_EQ(scheduler.waiting_in_memory(), 0u);
}

}  // namespace
}  // namespace posthorn::engine
