#include "state/state.h"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include <gtest/gtest.h>

#include "state/sqlite.h"
#include "state/test_journal.h"

namespace posthorn::state {
namespace {

using namespace std::chrono_literals;
using model::DeliveryState;

struct StateTest : testing::Test {
    TestFolder folder;
    TestJournal journal;
    std::unique_ptr<State> state = must(State::open(folder.path()));
    std::unique_ptr<Reader> reader = must(state->make_reader());

    template <class T>
    static T must(Result<T> result) {
        if (!result) ADD_FAILURE() << to_string(result.error());
        return std::move(result).value();
    }
    void apply() {
        const auto done = state->apply(journal.take());
        ASSERT_TRUE(done) << to_string(done.error());
    }
    void reopen(const OpenOptions& options = {}) {
        reader.reset();
        state.reset();
        state = must(State::open(folder.path(), options));
        reader = must(state->make_reader());
    }
    /// Looks at the tables behind the state's back.
    std::int64_t ask(const std::string& sql) {
        auto database = Database::open(folder.file(), Access::read);
        if (!database) return -1;
        const auto answer = database->ask_number(sql);
        return answer && *answer ? **answer : -1;
    }
    DeliveryRow row(DeliveryId id) { return must(reader->delivery(id)).row; }
};

TEST_F(StateTest, AFreshStoreHasAnIdAndNothingElse) {
    EXPECT_EQ(state->opened().applied, 0U);
    EXPECT_EQ(state->opened().last_id, 0U);
    EXPECT_EQ(state->opened().store_id.size(), 32U);
    EXPECT_FALSE(state->opened().key_check);
    EXPECT_TRUE(must(reader->waiting()).empty());
    EXPECT_TRUE(must(reader->registry()).empty());
}

TEST_F(StateTest, RemembersIdKeyCheckAndPlaceOverAReopening) {
    const auto store_id = state->opened().store_id;
    ASSERT_TRUE(state->set_key_check(std::string("a\0b", 3)));
    const auto event = journal.accept({.targets = {{InstallationId{1}, 1}, {InstallationId{2}, 1}}});
    apply();
    reopen();
    EXPECT_EQ(state->opened().store_id, store_id);
    EXPECT_EQ(state->opened().key_check, std::string("a\0b", 3));
    EXPECT_EQ(state->opened().applied, 1U);
    EXPECT_EQ(state->opened().last_id, event.value + 2);
}

TEST_F(StateTest, AnEventDeliveredAtOnceCostsOneRow) {
    const auto event = journal.accept({.targets = {{InstallationId{1}, 1}, {InstallationId{2}, 1}}});
    journal.deliver(event, 0);
    journal.deliver(event, 1);
    apply();
    EXPECT_EQ(ask("SELECT count(*) FROM events"), 1);
    EXPECT_EQ(ask("SELECT count(*) FROM deliveries"), 0);
    EXPECT_EQ(ask("SELECT count(*) FROM attempts"), 0);
    EXPECT_EQ(row(delivery_of(event, 1)).delivery.state, DeliveryState::delivered);
}

TEST_F(StateTest, OnlyWhatFailedOrWaitsHasRows) {
    const auto event =
        journal.accept({.targets = {{InstallationId{1}, 1}, {InstallationId{2}, 1}, {InstallationId{3}, 1}}});
    journal.deliver(event, 0);
    journal.fail_until(event, journal.now + 5s, 1);
    apply();
    EXPECT_EQ(ask("SELECT count(*) FROM deliveries"), 2);
    EXPECT_EQ(ask("SELECT count(*) FROM attempts"), 1);
    EXPECT_EQ(row(delivery_of(event, 0)).delivery.state, DeliveryState::delivered);
    EXPECT_EQ(row(delivery_of(event, 1)).delivery.state, DeliveryState::retrying);
    EXPECT_EQ(row(delivery_of(event, 2)).delivery.state, DeliveryState::pending);
}

TEST_F(StateTest, AFoldedDeliveryShowsItsWholeAttempt) {
    const auto event = journal.accept();
    journal.deliver(event);
    apply();
    const auto detail = must(reader->delivery(delivery_of(event, 0)));
    ASSERT_EQ(detail.attempts.size(), 1U);
    EXPECT_EQ(detail.attempts[0], TestJournal::answered(journal.now, 200));
    EXPECT_EQ(detail.event->payload, TestEvent{}.payload);
    EXPECT_EQ(detail.row.ended_at, journal.now + 2ms);
}

TEST_F(StateTest, ASecondAttemptOfAFoldedDeliveryIsRecordedToo) {
    const auto event = journal.accept({.targets = {{InstallationId{1}, 1}, {InstallationId{2}, 1}}});
    journal.deliver(event, 0);
    journal.deliver(event, 1);
    apply();
    journal.fail_until(event, journal.now + 5s, 1);
    apply();
    const auto detail = must(reader->delivery(delivery_of(event, 1)));
    EXPECT_EQ(detail.row.delivery.state, DeliveryState::delivered);
    EXPECT_EQ(detail.row.delivery.attempts, 2U);
    EXPECT_EQ(detail.attempts.size(), 2U);
    EXPECT_EQ(must(reader->deliveries_of(event)).size(), 2U);
}

TEST_F(StateTest, AnAttemptThatEndsAfterTheCancellationIsRecordedAndChangesNoState) {
    const auto event = journal.accept();
    journal.put(model::DeliveriesCancelled{{delivery_of(event, 0)}, {}, journal.now});
    journal.deliver(event);
    apply();
    const auto detail = must(reader->delivery(delivery_of(event, 0)));
    EXPECT_EQ(detail.row.delivery.state, DeliveryState::cancelled);
    EXPECT_EQ(detail.attempts.size(), 1U);
}

TEST_F(StateTest, CancellingAnInstallationLeavesTheOthersWaiting) {
    for (int i = 0; i < 3; ++i) journal.accept({.targets = {{InstallationId{1}, 1}, {InstallationId{2}, 1}}});
    journal.put(model::DeliveriesCancelled{{}, InstallationId{1}, journal.now});
    apply();
    const auto waiting = must(reader->waiting());
    ASSERT_EQ(waiting.size(), 1U);
    EXPECT_EQ(waiting[0].installation, InstallationId{2});
    EXPECT_EQ(waiting[0].deliveries, 3U);
}

TEST_F(StateTest, DueGivesTheEarliestAndTellsWhenTheNextIs) {
    const auto late = journal.accept();
    const auto early = journal.accept({.targets = {{InstallationId{1}, 1}, {InstallationId{1}, 2}}});
    journal.fail_until(late, journal.now + 10s);
    apply();
    auto answer = must(reader->due(InstallationId{1}, journal.now, 10));
    ASSERT_EQ(answer.due.size(), 2U);
    EXPECT_EQ(answer.due[0].delivery.id, delivery_of(early, 0));
    EXPECT_EQ(answer.due[0].event, answer.due[1].event) << "one event, held once";
    EXPECT_EQ(answer.next_due, journal.now + 10s);

    answer = must(reader->due(InstallationId{1}, journal.now, 1));
    EXPECT_EQ(answer.due.size(), 1U);
    EXPECT_EQ(answer.next_due, journal.now);

    answer = must(reader->due(InstallationId{1}, journal.now + 10s, 10));
    EXPECT_EQ(answer.due.size(), 3U);
    EXPECT_FALSE(answer.next_due);
}

TEST_F(StateTest, OfAnOrderKeyTheEarliestIsDueWithThoseBehindIt) {
    std::vector<EventId> events;
    for (int n = 0; n < 12; ++n) events.push_back(journal.accept({.targets = {{InstallationId{1}, 1, 7}}}));
    const auto other = journal.accept({.targets = {{InstallationId{1}, 1, 8}}});
    const auto id = [&](std::size_t n) { return delivery_of(events[n], 0); };
    apply();
    auto answer = must(reader->due(InstallationId{1}, journal.now, 10));
    ASSERT_EQ(answer.due.size(), 10U) << "a head, eight behind it, and the other head";
    EXPECT_EQ(answer.due[0].delivery.id, id(0));
    EXPECT_FALSE(answer.due[0].is_follower);
    EXPECT_EQ(answer.due[8].delivery.id, id(8));
    EXPECT_TRUE(answer.due[8].is_follower);
    EXPECT_TRUE(answer.due[8].has_followers);
    EXPECT_EQ(answer.due[9].delivery.id, delivery_of(other, 0));
    EXPECT_EQ(answer.due[9].delivery.order, 8U);
    EXPECT_EQ(must(reader->waiting())[0].deliveries, 13U);

    // While the first has to be tried again, its key is blocked and the other is not.
    journal.fail_until(events[0], journal.now + 10s);
    apply();
    answer = must(reader->due(InstallationId{1}, journal.now, 10));
    ASSERT_EQ(answer.due.size(), 1U);
    EXPECT_EQ(answer.due[0].delivery.id, delivery_of(other, 0));
    EXPECT_EQ(answer.next_due, journal.now + 10s);

    // Whatever ends it, the next is the head: delivered, cancelled, dead, expired.
    journal.deliver(events[0]);
    journal.put(model::DeliveriesCancelled{{id(1)}, {}, journal.now});
    journal.kill(events[2]);
    journal.put(model::DeliveriesExpired{{id(3)}, journal.now});
    apply();
    EXPECT_EQ(must(reader->due(InstallationId{1}, journal.now, 1)).due[0].delivery.id, id(4));
    EXPECT_EQ(row(id(3)).delivery.state, DeliveryState::dead);
    EXPECT_EQ(row(id(3)).delivery.reason, model::DeadReason::deadline);
    // One in the middle that ends changes nothing for the head.
    journal.put(model::DeliveriesCancelled{{id(6)}, {}, journal.now});
    apply();
    answer = must(reader->due(InstallationId{1}, journal.now, 1));
    EXPECT_EQ(answer.due[0].delivery.id, id(4));
    EXPECT_EQ(answer.due[2].delivery.id, id(7));
    // All of an installation go at once, blocked ones too.
    journal.put(model::DeliveriesCancelled{{}, InstallationId{1}, journal.now});
    apply();
    EXPECT_TRUE(must(reader->waiting()).empty());
}

TEST_F(StateTest, TheOldestThatWaitAreFoundWhereverTheyStand) {
    const auto first = journal.accept();
    journal.fail_until(first, journal.now + 10h);
    journal.now += 1h;
    const auto second = journal.accept();
    apply();
    EXPECT_EQ(must(reader->waiting())[0].oldest, delivery_of(first, 0));
    const auto up_to_first = must(reader->waiting_up_to(InstallationId{1}, second.value, 10));
    EXPECT_EQ(up_to_first, std::vector{delivery_of(first, 0)});
    EXPECT_EQ(must(reader->waiting_up_to(InstallationId{1}, second.value + 1, 10)).size(), 2U);
}

TEST_F(StateTest, AReplayIsADeliveryOfTheSameEvent) {
    const auto event = journal.accept();
    journal.deliver(event);
    journal.now += 60s;
    const auto replay = journal.replay(event, delivery_of(event, 0));
    apply();
    EXPECT_EQ(row(replay).delivery.replay_of, delivery_of(event, 0));
    EXPECT_EQ(row(replay).delivery.event, event);
    EXPECT_EQ(must(reader->deliveries_of(event)).size(), 2U);
    EXPECT_EQ(state->opened().last_id, replay.value);
}

TEST_F(StateTest, AGapInTheSequenceNamesBothNumbersAndAppliesNothing) {
    journal.accept();
    journal.accept();
    journal.accept();
    auto records = journal.take();
    records.erase(records.begin() + 1);
    const auto done = state->apply(records);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, Errc::corrupt);
    EXPECT_NE(done.error().detail.find("record 3 where 2 should be"), std::string::npos) << done.error().detail;
    EXPECT_EQ(state->opened().applied, 0U);
    EXPECT_EQ(ask("SELECT count(*) FROM events"), 0);
}

TEST_F(StateTest, ARecordThatCantBeReadIsNamedAndNothingOfItsGroupIsApplied) {
    journal.accept();
    journal.accept();
    auto records = journal.take();
    const auto whole = records[1].bytes;
    records[1].bytes.resize(12);
    auto done = state->apply(records);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, Errc::corrupt);
    EXPECT_NE(done.error().detail.find("Record 2"), std::string::npos) << done.error().detail;
    EXPECT_EQ(ask("SELECT count(*) FROM events"), 0);

    records[1].bytes = whole;
    records[1].kind = 99;
    EXPECT_EQ(state->apply(records).error().code, Errc::unsupported);

    records[1].kind = records[0].kind;
    ASSERT_TRUE(state->apply(records));
    EXPECT_EQ(ask("SELECT count(*) FROM events"), 2);
}

TEST_F(StateTest, AnEventTwiceIsCorrupt) {
    journal.accept();
    auto records = journal.take();
    ASSERT_TRUE(state->apply(records));
    records[0].sequence = 2;
    EXPECT_EQ(state->apply(records).error().code, Errc::corrupt);
    EXPECT_EQ(state->opened().applied, 1U);
}

TEST_F(StateTest, AFullDiskAppliesNothingAndTheSameGroupAgainLater) {
    reopen({.file_bytes_max = 2 * 1024 * 1024});
    const std::string payload(50'000, ' ');
    std::size_t applied = 0;
    Result<void> done;
    std::vector<Numbered> group;
    for (; done && applied < 100; ++applied) {
        for (int i = 0; i < 3; ++i) journal.deliver(journal.accept({.payload = payload}));
        journal.put(model::RegistryChanged{{{"k", std::to_string(applied), "v"}}});
        group = journal.take();
        done = state->apply(group);
    }
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, Errc::full) << to_string(done.error());
    EXPECT_EQ(state->opened().applied, group.front().sequence - 1);
    EXPECT_EQ(must(reader->registry()).size(), applied - 1);

    // Retention makes room, and the group goes in as if nothing had happened.
    EXPECT_EQ(must(state->prune(journal.now + 1s, 6)), 6U);
    done = state->apply(group);
    ASSERT_TRUE(done) << to_string(done.error());
    EXPECT_EQ(must(reader->registry()).size(), applied);
    EXPECT_EQ(state->opened().applied, group.back().sequence);
}

TEST_F(StateTest, SpaceOfPrunedEventsIsUsedAgain) {
    const std::string payload(20'000, ' ');
    std::int64_t pages_after_first = 0;
    for (int round = 0; round < 6; ++round) {
        for (int i = 0; i < 50; ++i) journal.kill(journal.accept({.payload = payload}));
        apply();
        journal.now += 1s;
        EXPECT_EQ(must(state->prune(journal.now, 1000)), 50U);
        if (round == 0) pages_after_first = ask("PRAGMA page_count");
    }
    EXPECT_LE(ask("PRAGMA page_count"), pages_after_first + 8);
    EXPECT_EQ(ask("SELECT count(*) FROM attempts"), 0);
}

TEST_F(StateTest, ABacklogThatWasDeliveredAndPrunedLeavesItsSpaceToTheNextOne) {
    const auto pile_up = [&] {
        std::vector<EventId> events;
        for (int i = 0; i < 2000; ++i) events.push_back(journal.accept({.payload = std::string(2000, 'x')}));
        apply();  // A group of its own, so that they have rows.
        return events;
    };
    std::uint64_t most = 0;
    for (int round = 0; round < 4; ++round) {
        const auto events = pile_up();
        EXPECT_EQ(state->waiting(), 2000U);
        const auto used = must(state->used_bytes());
        if (round == 0) most = used;
        EXPECT_LE(used, most + most / 20) << "what a round freed is used by the next one";
        for (const auto event : events) journal.deliver(event);
        apply();
        EXPECT_EQ(state->waiting(), 0U);
        journal.now += 1h;
        std::size_t removed = 0;
        while (const auto some = must(state->prune(journal.now, 500))) removed += some;
        EXPECT_EQ(removed, 2000U);
        EXPECT_LT(must(state->used_bytes()), most / 4);
    }
    EXPECT_LE(static_cast<std::uint64_t>(ask("PRAGMA page_count")) * 16'384, most * 5 / 4);
}

TEST_F(StateTest, PostingsOfSpansWithoutEventsGo) {
    journal.accept();
    journal.now += 1h;
    const auto waits = journal.accept();
    apply();
    journal.put(model::DeliveriesCancelled{{}, InstallationId{1}, journal.now});
    const auto late = journal.accept();
    apply();
    EXPECT_EQ(ask("SELECT count(DISTINCT span) FROM postings"), 2);
    journal.now += 1h;
    EXPECT_EQ(must(state->prune(journal.now - 90min, 10)), 1U);
    EXPECT_EQ(ask("SELECT count(DISTINCT span) FROM postings"), 1);
    EXPECT_EQ(ask("SELECT count(DISTINCT span) FROM spans"), 1);
    EXPECT_EQ(must(reader->events(TenantId{1}, {}, {}, {}, {}, 10)).rows.size(), 2U)
        << to_string(waits) << to_string(late);
}

TEST_F(StateTest, PruningKeepsWhatWaitsAndWhatIsYoung) {
    const auto waits = journal.accept();
    const auto old = journal.accept();
    journal.deliver(old);
    const auto replayed = journal.accept();
    journal.deliver(replayed);
    journal.replay(replayed, delivery_of(replayed, 0));
    journal.now += 1h;
    const auto young = journal.accept();
    journal.deliver(young);
    apply();
    EXPECT_EQ(must(state->prune(journal.now, 100)), 1U);
    EXPECT_EQ(reader->event(old).error().code, Errc::not_found);
    EXPECT_EQ(reader->delivery(delivery_of(old, 0)).error().code, Errc::not_found);
    for (const auto kept : {waits, replayed, young}) EXPECT_TRUE(reader->event(kept));
}

TEST_F(StateTest, RecordsAboutAPrunedEventChangeNothing) {
    const auto event = journal.accept();
    journal.deliver(event);
    apply();
    EXPECT_EQ(must(state->prune(journal.now + 1s, 1)), 1U);
    journal.replay(event, delivery_of(event, 0));
    journal.deliver(event);
    apply();
    EXPECT_EQ(ask("SELECT count(*) FROM deliveries"), 0);
}

TEST_F(StateTest, AnIdempotencyKeyLastsADay) {
    const auto event = journal.accept({.idempotency = {"key", std::string(32, 'h')}});
    apply();
    const auto at = journal.now;
    EXPECT_EQ(must(reader->idempotency(TenantId{1}, "key", at))->event, event);
    EXPECT_FALSE(must(reader->idempotency(TenantId{1}, "key", at + 1ms)));
    EXPECT_FALSE(must(reader->idempotency(TenantId{2}, "key", at)));

    journal.now += 25h;
    journal.accept({.idempotency = {"another", std::string(32, 'h')}});
    apply();
    must(state->prune(at, 1));
    EXPECT_FALSE(must(reader->idempotency(TenantId{1}, "key", {})));
    EXPECT_TRUE(must(reader->idempotency(TenantId{1}, "another", {})));
}

TEST_F(StateTest, WhatWasAppliedSurvivesAKill) {
    reader.reset();
    state.reset();
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        auto own = State::open(folder.path());
        for (int group = 0; own && group < 5; ++group) {
            for (int i = 0; i < 10; ++i) journal.deliver(journal.accept());
            if (!(*own)->apply(journal.take())) _exit(1);
        }
        kill(getpid(), SIGKILL);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));

    reopen();
    EXPECT_EQ(state->opened().applied, 100U);
    EXPECT_EQ(must(reader->events(TenantId{1}, {}, {}, {}, {}, 1000)).rows.size(), 50U);
    EXPECT_EQ(must(reader->count_deliveries({TenantId{1}, {}, {}, DeliveryState::delivered, {}, {}}, 1000)).deliveries,
              50U);
}

TEST_F(StateTest, ListsMayLagAndCatchUpWhenTheyAreAskedFor) {
    const auto listed = [&] { return must(reader->events(TenantId{1}, {}, {}, {}, {}, 1000)).rows.size(); };
    for (int group = 0; group < 3; ++group) {
        journal.deliver(journal.accept());
        ASSERT_TRUE(state->apply(journal.take(), Lists::later));
    }
    EXPECT_EQ(listed(), 0U);
    EXPECT_EQ(ask("SELECT count(*) FROM events"), 3);
    ASSERT_TRUE(state->apply({}, Lists::now));
    EXPECT_EQ(listed(), 3U);
    EXPECT_EQ(ask("SELECT count(*) FROM postings"), 2) << "of the tenant and of the installation, for all groups";

    journal.deliver(journal.accept());
    ASSERT_TRUE(state->apply(journal.take(), Lists::later));
    journal.deliver(journal.accept());
    apply();
    EXPECT_EQ(listed(), 5U);
}

TEST_F(StateTest, WhatAKillTookFromMemoryIsListedAfterwards) {
    const auto event = journal.accept({.targets = {{InstallationId{1}, 1}, {InstallationId{2}, 1}}});
    apply();
    const auto later = journal.accept({.targets = {{InstallationId{1}, 1}, {InstallationId{2}, 1}}});
    journal.end(later, delivery_of(later, 0), 200, {});
    journal.replay(event, delivery_of(event, 1), {InstallationId{2}, 1});
    ASSERT_TRUE(state->apply(journal.take(), Lists::later));
    reopen();
    EXPECT_EQ(must(reader->events(TenantId{1}, {}, {}, {}, {}, 1000)).rows.size(), 2U);
    const auto of = [&](InstallationId installation) {
        return must(reader->deliveries({TenantId{1}, installation, {}, {}, {}, {}}, {}, 1000)).rows.size();
    };
    EXPECT_EQ(of(InstallationId{1}), 2U);
    EXPECT_EQ(of(InstallationId{2}), 3U);
}

TEST_F(StateTest, PruningLeavesNoListOfWhatIsGone) {
    journal.deliver(journal.accept());
    ASSERT_TRUE(state->apply(journal.take(), Lists::later));
    journal.now += 1h;
    EXPECT_EQ(must(state->prune(journal.now, 10)), 1U);
    ASSERT_TRUE(state->apply({}, Lists::now));
    EXPECT_EQ(ask("SELECT count(*) FROM postings"), 0);
}

TEST_F(StateTest, TheWalIsCopiedBackBesideTheWriter) {
    const auto size = [&](const std::string& file) { return std::filesystem::file_size(file); };
    const std::string payload(500'000, ' ');
    // Ends once the thread has had its turn; at the latest the writer does it itself at 256 MB.
    int groups = 0;
    for (; size(folder.file()) < 4'000'000 && groups < 700; ++groups) {
        journal.accept({.payload = payload});
        apply();
    }
    EXPECT_LT(groups, 700);
    EXPECT_LT(size(folder.file() + "-wal"), 300'000'000U);
}

}  // namespace
}  // namespace posthorn::state
