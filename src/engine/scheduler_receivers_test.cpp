// Limits, turns between tenants, rates and circuit breakers, as the scheduler keeps them.
#include "engine/scheduler.h"

#include <algorithm>
#include <map>

#include <gtest/gtest.h>

namespace posthorn::engine {
namespace {

using namespace std::chrono_literals;
using outcome::Health;

constexpr InstallationId kOne{1};
constexpr InstallationId kTwo{2};
const std::string kReceiver = "http://a:1";

/// A scheduler with a state that knows what waits, and answers each Load at once.
struct ReceiversTest : testing::Test {
    void lane(InstallationId id, std::uint64_t tenant = 1, std::uint32_t concurrency = 20, bool is_held = false,
              std::optional<wire::Rate> rate = {}) {
        LaneConfig config{id, kReceiver, concurrency, is_held, TenantId{tenant}, rate};
        step(LaneSet{std::move(config)});
    }
    void accept(InstallationId to, int count = 1) {
        for (; count > 0; --count) {
            auto event = std::make_shared<model::Event>();
            event->id = EventId{++events << 12};
            event->payload = "{}";
            event->accepted_at = now;
            state::Due due;
            due.event = event;
            due.delivery.id = delivery_of(event->id, 0);
            due.delivery.event = event->id;
            due.delivery.installation = to;
            due.delivery.due_at = due.delivery.made_at = now;
            waiting.emplace(due.delivery.id, due);
            step(Accepted{event, {{to, 1}}});
        }
    }
    void step(Input input) {
        Commands commands;
        scheduler.step(std::move(input), now, commands);
        for (const auto& start : commands.start) {
            started.push_back(start.due.delivery);
            under_way.push_back({start.due.delivery, now});
        }
        for (auto& changed : commands.receivers_changed) changes.push_back(changed);
        for (auto& one : commands.give_up) given_up.push_back(one);
        for (const auto& load : commands.load) {
            state::DueAnswer answer;
            for (const auto& [id, due] : waiting) {
                if (due.delivery.installation != load.installation) continue;
                if (due.delivery.due_at > now || answer.due.size() >= load.deliveries_max) {
                    answer.next_due = std::min(answer.next_due.value_or(due.delivery.due_at), due.delivery.due_at);
                    continue;
                }
                answer.due.push_back(due);
            }
            step(Loaded{load.installation, answer});
        }
    }
    /// The oldest attempt under way ends.
    void end(Health health, Millis took = 10ms) {
        ASSERT_FALSE(under_way.empty());
        const auto [delivery, started_at] = under_way.front();
        under_way.erase(under_way.begin());
        Seen seen{health, {}, started_at, took};
        if (outcome::is_failure(health)) seen.cause = {503, model::Failure::none};
        model::Verdict verdict;
        if (health == Health::well) waiting.erase(delivery.id);
        else {
            verdict.state = model::DeliveryState::retrying;
            verdict.retry_at = now + 30s;
        }
        step(Ended{delivery.id, delivery.installation, verdict, seen});
        if (health != Health::well) {
            waiting.at(delivery.id).delivery.due_at = verdict.retry_at;
            ++waiting.at(delivery.id).delivery.attempts;
        }
        step(Settled{delivery.id, delivery.installation});
    }
    /// Lets time pass, with the ticks that are asked for.
    void wait(Millis duration) {
        const auto until = now + duration;
        for (;;) {
            const auto wake = scheduler.next_wake();
            if (!wake || *wake > until) break;
            now = std::max(now, *wake);
            step(Tick{});
        }
        now = until;
        step(Tick{});
    }
    ReceiverStatus status() { return scheduler.receiver(kReceiver, now).value(); }
    void open() {
        accept(kOne, 40);
        while (status().state != ReceiverState::open) end(Health::overloaded);
        while (!under_way.empty()) end(Health::overloaded);
    }

    Moment now = from_epoch_ms(1'790'000'000'000);
    std::uint64_t events = 0;
    Scheduler scheduler{{.attempts_max = 500, .window = 64}, 0};
    std::map<DeliveryId, state::Due> waiting;
    std::vector<model::Delivery> started;
    std::vector<std::pair<model::Delivery, Moment>> under_way;
    std::vector<ReceiverChanged> changes;
    std::vector<GiveUp> given_up;
};

TEST_F(ReceiversTest, ATenantWithManyAddOnsTakesNoMoreTurnsThanOneWithOne) {
    for (std::uint64_t n = 10; n < 110; ++n) lane(InstallationId{n}, 1, 1);
    lane(kOne, 2, 1);
    for (std::uint64_t n = 10; n < 110; ++n) accept(InstallationId{n}, 3);
    accept(kOne, 2);
    ASSERT_EQ(under_way.size(), 1u);
    end(Health::well);
    end(Health::well);
    EXPECT_EQ(std::ranges::count(started, kOne, &model::Delivery::installation), 1);
    // Under way, it has no other turn before it ends.
    while (std::ranges::any_of(under_way, [](const auto& one) { return one.first.installation == kOne; }))
        end(Health::well);
    end(Health::well);
    end(Health::well);
    EXPECT_EQ(std::ranges::count(started, kOne, &model::Delivery::installation), 2);
}

TEST_F(ReceiversTest, GrowsWithWhatItTakesButNoAddOnBeyondItsOwn) {
    lane(kOne, 1, 4);
    lane(kTwo, 2, 4);
    accept(kOne, 200);
    accept(kTwo, 200);
    EXPECT_EQ(under_way.size(), 4u);
    for (int n = 0; n < 60; ++n) end(Health::well);
    EXPECT_EQ(under_way.size(), 8u) << "both have all that their concurrency allows";
    EXPECT_EQ(status().parallel_limit, 8u);
}

TEST_F(ReceiversTest, ShrinksWhenItIsOverloadedDownToOne) {
    lane(kOne, 1, 8);
    accept(kOne, 18);
    now += 20s;
    end(Health::busy);
    EXPECT_EQ(status().parallel_limit, 4u);
    EXPECT_EQ(started.size(), 8u) << "nothing starts until it is below its limit";
    for (int n = 0; n < 17; ++n) {
        now += 100ms;
        end(Health::busy);
    }
    EXPECT_EQ(status().parallel_limit, 1u);
    EXPECT_LE(under_way.size(), 1u);
    EXPECT_EQ(status().state, ReceiverState::closed) << "429 with a Retry-After is no failure";
}

TEST_F(ReceiversTest, ARateHoldsForItsAddOnAloneAndChangesWhileItRuns) {
    lane(kOne, 1, 50, false, wire::Rate{20, 1s});
    lane(kTwo, 1, 50);
    accept(kOne, 60);
    accept(kTwo, 10);
    EXPECT_EQ(std::ranges::count(started, kTwo, &model::Delivery::installation), 10);
    while (!under_way.empty()) end(Health::well);
    const auto began = now;
    while (started.size() < 40) {
        wait(50ms);
        while (!under_way.empty()) end(Health::well);
    }
    EXPECT_GE(now - began, 1s);
    EXPECT_LE(now - began, 2s);
    lane(kOne, 1, 50);
    while (!under_way.empty()) end(Health::well);
    EXPECT_EQ(started.size(), 70u);
}

TEST_F(ReceiversTest, AnOpenBreakerStartsNothingKeepsNothingInMemoryAndUsesNoRetries) {
    lane(kOne);
    open();
    EXPECT_EQ(changes.size(), 1u);
    EXPECT_EQ(changes.back().change, ReceiverChange::opened);
    EXPECT_EQ(status().reason, "20 of 20 attempts within a minute failed; the last failure: 503.");
    const auto before = started.size();
    accept(kOne, 5);
    now += 1s;
    step(Tick{});
    EXPECT_EQ(started.size(), before);
    EXPECT_EQ(scheduler.waiting_in_memory(), 0u);
}

TEST_F(ReceiversTest, ProbesAreSingleAndASuccessClosesIt) {
    lane(kOne);
    accept(kOne, 20);
    while (!under_way.empty()) end(Health::well);
    open();
    const auto before = started.size();
    wait(2s);
    ASSERT_EQ(started.size(), before + 1);
    EXPECT_EQ(status().state, ReceiverState::half_open);
    accept(kOne, 5);
    wait(30s);
    EXPECT_EQ(started.size(), before + 1);
    end(Health::overloaded);
    EXPECT_EQ(status().state, ReceiverState::open);
    EXPECT_EQ(status().next_probe, now + 4s);
    wait(4s);
    ASSERT_EQ(started.size(), before + 2);
    end(Health::well);
    EXPECT_EQ(status().state, ReceiverState::closed);
    EXPECT_EQ(changes.size(), 2u) << "a probe that fails is no news";
    EXPECT_EQ(changes.back().change, ReceiverChange::closed);
    EXPECT_EQ(under_way.size(), 1u) << "it begins with one";
    for (int n = 0; n < 7; ++n) end(Health::well);
    EXPECT_EQ(under_way.size(), 8u);
    while (!under_way.empty() || !waiting.empty()) {
        while (!under_way.empty()) end(Health::well);
        wait(1s);
    }
    EXPECT_TRUE(waiting.empty());
}

TEST_F(ReceiversTest, TheProbeWaitsForSomethingThatIsDue) {
    lane(kOne);
    accept(kOne, 20);
    while (!under_way.empty()) end(Health::overloaded);  // All due in 30 s.
    const auto before = started.size();
    wait(20s);
    EXPECT_EQ(started.size(), before);
    accept(kOne);
    EXPECT_EQ(started.size(), before + 1);
    EXPECT_EQ(status().state, ReceiverState::half_open);
}

TEST_F(ReceiversTest, TheNextAddOnIsProbedWhenOneLeavesWithTheProbe) {
    lane(kOne);
    lane(kTwo, 2);
    open();
    accept(kTwo, 3);
    wait(2s);
    const auto first = under_way.back().first.installation;
    const auto other = first == kOne ? kTwo : kOne;
    step(LaneGone{first});
    EXPECT_EQ(under_way.back().first.installation, other);
    under_way.erase(under_way.begin(), under_way.end() - 1);
    end(Health::well);
    EXPECT_EQ(status().state, ReceiverState::closed);
}

// What the simulation found, by its seed 133.

TEST_F(ReceiversTest, AProbeIsNotForgottenWhenItsAddOnIsPausedWhileItIsRead) {
    lane(kOne);
    open();
    now += 2s;
    Commands commands;
    scheduler.step(Tick{}, now, commands);
    ASSERT_EQ(commands.load.size(), 1u);
    lane(kOne, 1, 20, true);
    EXPECT_EQ(status().state, ReceiverState::open);
    lane(kOne, 1, 20, false);
    accept(kOne);
    step(Loaded{kOne, {{waiting.rbegin()->second}, {}}});
    EXPECT_EQ(under_way.size(), 1u);
    EXPECT_EQ(status().state, ReceiverState::half_open);
}

TEST_F(ReceiversTest, AChangeOfItsSettingsDoesNotDisturbTheProbe) {
    lane(kOne);
    open();
    now += 2s;
    Commands commands;
    scheduler.step(Tick{}, now, commands);
    lane(kOne, 1, 10);
    EXPECT_EQ(status().state, ReceiverState::half_open);
    step(Loaded{kOne, {{waiting.rbegin()->second}, {}}});
    EXPECT_EQ(under_way.size(), 1u);
}

TEST_F(ReceiversTest, AfterADayOfFailuresItsAddOnsAreGivenUpUntilTheyAreResumed) {
    lane(kOne);
    lane(kTwo, 2, 20, true);
    open();
    const auto began = now;
    while (given_up.empty() && now < began + 25h) {
        wait(1min);
        while (!under_way.empty()) end(Health::overloaded);
    }
    ASSERT_FALSE(given_up.empty());
    EXPECT_GE(now, began + 24h - 1min);
    EXPECT_EQ(given_up[0].installations, std::vector{kOne}) << "the other is paused already";
    lane(kOne, 1, 20, true);
    const auto before = started.size();
    wait(10h);
    EXPECT_EQ(started.size(), before);
    given_up.clear();
    lane(kOne, 1, 20, false);
    ASSERT_EQ(started.size(), before + 1) << "who resumes it asks for a probe at once";
    end(Health::overloaded);
    EXPECT_TRUE(given_up.empty()) << "it has another day";
    EXPECT_EQ(status().state, ReceiverState::open);
}

TEST_F(ReceiversTest, AReceiverThatWasOpenBeforeTheStartIsProbedFirst) {
    lane(kOne);
    step(ReceiverWasOpen{kReceiver, now - 10h});
    accept(kOne, 30);
    wait(0ms);
    EXPECT_EQ(started.size(), 1u);
    end(Health::well);
    while (!under_way.empty()) end(Health::well);
    EXPECT_EQ(started.size(), 30u);
}

TEST_F(ReceiversTest, APausedReceiverStartsNothingAndKeepsEverything) {
    lane(kOne, 1, 2);
    accept(kOne, 3);
    step(PauseReceiver{kReceiver, now});
    EXPECT_EQ(status().state, ReceiverState::paused);
    while (!under_way.empty()) end(Health::well);
    accept(kOne, 3);
    wait(10min);
    EXPECT_EQ(started.size(), 2u);
    step(PauseReceiver{kReceiver, {}});
    while (!under_way.empty()) end(Health::well);
    EXPECT_EQ(started.size(), 6u);
    ASSERT_EQ(changes.size(), 2u);
    EXPECT_EQ(to_string(changes[0].change), "paused");
    EXPECT_EQ(to_string(changes[1].change), "resumed");
}

TEST_F(ReceiversTest, AReceiverCanBePausedBeforeAnybodyIsThere) {
    step(PauseReceiver{kReceiver, now});
    ASSERT_EQ(scheduler.receivers(now).size(), 1u) << "who paused it wants to find it again";
    EXPECT_EQ(scheduler.receivers(now)[0].state, ReceiverState::paused);
    EXPECT_EQ(scheduler.receiver(kReceiver, now)->since, now);
    EXPECT_FALSE(scheduler.receiver("http://b:1", now));
    lane(kOne);
    accept(kOne);
    EXPECT_TRUE(started.empty());
    EXPECT_EQ(scheduler.receivers(now).size(), 1u);
    step(PauseReceiver{kReceiver, {}});
    EXPECT_EQ(started.size(), 1u);
    step(LaneGone{kOne});
    EXPECT_TRUE(scheduler.receivers(now).empty());
}

TEST_F(ReceiversTest, WhatAttemptsAtAnEarlierReceiverMetSaysNothingOfTheNewOne) {
    lane(kOne);
    accept(kOne, 20);
    now += 1s;
    LaneConfig moved{kOne, "http://b:1", 20, false, TenantId{1}, {}};
    step(LaneSet{moved});
    while (!under_way.empty()) end(Health::overloaded);
    EXPECT_EQ(scheduler.receiver("http://b:1", now)->state, ReceiverState::closed);
    EXPECT_EQ(scheduler.receiver("http://b:1", now)->parallel_limit, 20u);
}

}  // namespace
}  // namespace posthorn::engine
