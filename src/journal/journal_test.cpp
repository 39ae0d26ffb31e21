#include "journal/journal.h"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "testkit/faulty_disk.h"

namespace posthorn::journal {
namespace {

using testkit::Fault;
using testkit::FaultyDisk;
using testkit::Unsynced;

/// Collects what the log thread calls back, and can hold it there.
class Answers {
public:
    JournalCallbacks callbacks() {
        return {[this](const Durable& value) { add([&] { durable.push_back(value); }); },
                [this](const Refused& value) { add([&] { refused.push_back(value); }); },
                [this](const Error& value) { add([&] { fatal = value; }); }};
    }

    /// Waits until `count` callbacks came.
    void wait_for(std::size_t count) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return count_ >= count; });
    }

    /// The log thread stops in its next callback until let_go().
    void hold() {
        std::lock_guard lock(mutex_);
        is_held_ = true;
    }
    void let_go() {
        std::lock_guard lock(mutex_);
        is_held_ = false;
        changed_.notify_all();
    }

    std::vector<Durable> durable;
    std::vector<Refused> refused;
    std::optional<Error> fatal;

private:
    template <class Add>
    void add(Add&& add_value) {
        std::unique_lock lock(mutex_);
        add_value();
        ++count_;
        changed_.notify_all();
        changed_.wait(lock, [&] { return !is_held_; });
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    std::size_t count_ = 0;
    bool is_held_ = false;
};

struct JournalTest : testing::Test {
    JournalTest() {
        log_options.segment_bytes = 64u << 10;
        log_options.segments_max = 4;
    }
    ~JournalTest() override {
        answers.let_go();
        journal.reset();
    }

    void start() {
        journal = std::make_unique<Journal>(*JournalLog::open(disk, "j", log_options), options, answers.callbacks());
    }

    /// Submits one record and waits until the log thread is held in its callback.
    void occupy() {
        answers.hold();
        ASSERT_TRUE(journal->submit({1, "occupied"}));
        answers.wait_for(1);
    }

    FaultyDisk disk;
    LogOptions log_options;
    JournalOptions options;
    Answers answers;
    std::unique_ptr<Journal> journal;
};

TEST_F(JournalTest, ARecordBecomesDurableAndIsAnnounced) {
    start();
    EXPECT_EQ(*journal->submit({1, "a"}), 1u);
    answers.wait_for(1);
    EXPECT_EQ(answers.durable[0].first_ticket, 1u);
    EXPECT_EQ(answers.durable[0].last_ticket, 1u);
    EXPECT_EQ(answers.durable[0].first_sequence, 1u);
    EXPECT_EQ(journal->log().reader().read(1, 100)->records.at(0).bytes, "a");
}

TEST_F(JournalTest, AllThatWaitsBecomesOneGroup) {
    start();
    occupy();
    for (int i = 0; i < 50; ++i) ASSERT_TRUE(journal->submit({1, "waits"}));
    const auto before = disk.calls();
    answers.let_go();
    answers.wait_for(2);
    EXPECT_EQ(disk.calls() - before, 2u);
    EXPECT_EQ(answers.durable[1].first_ticket, 2u);
    EXPECT_EQ(answers.durable[1].last_ticket, 51u);
    EXPECT_EQ(answers.durable[1].last_sequence(), 51u);
    EXPECT_EQ(journal->statistics().groups, 2u);
    EXPECT_EQ(journal->statistics().group_records.sum(), 51u);
    EXPECT_EQ(journal->statistics().group_records.bucket(6), 1u);  // 32 to 63.
    EXPECT_EQ(journal->statistics().group_bytes.sum(), 8u + 50 * 5);
}

TEST_F(JournalTest, WhatIsTooMuchForOneGroupBecomesSeveralInOrder) {
    options.group_bytes_max = 1000;
    start();
    occupy();
    for (int i = 0; i < 10; ++i) ASSERT_TRUE(journal->submit({1, std::string(300, 'x')}));
    ASSERT_TRUE(journal->submit({1, std::string(5000, 'y')}));  // Alone more than a group should have.
    answers.let_go();
    journal->stop();
    Ticket next = 1;
    for (const Durable& group : answers.durable) {
        EXPECT_EQ(group.first_ticket, next);
        EXPECT_EQ(group.first_sequence, next);
        next = group.last_ticket + 1;
    }
    EXPECT_EQ(next, 13u);
    EXPECT_GE(answers.durable.size(), 5u);
}

TEST_F(JournalTest, ARefusedGroupUsesUpItsTicketsButNoSequences) {
    start();
    occupy();
    ASSERT_TRUE(journal->submit({1, "b"}));
    ASSERT_TRUE(journal->submit({1, "c"}));
    disk.fail_write(Fault::no_space);
    answers.let_go();
    answers.wait_for(2);
    ASSERT_EQ(answers.refused.size(), 1u);
    EXPECT_EQ(answers.refused[0].first_ticket, 2u);
    EXPECT_EQ(answers.refused[0].last_ticket, 3u);
    EXPECT_EQ(answers.refused[0].error.code, Errc::full);
    EXPECT_EQ(journal->statistics().records_refused, 2u);

    EXPECT_EQ(*journal->submit({1, "d"}), 4u);
    answers.wait_for(3);
    EXPECT_EQ(answers.durable[1].first_ticket, 4u);
    EXPECT_EQ(answers.durable[1].first_sequence, 2u);
}

TEST_F(JournalTest, AFullRingRefusesUntilRecordsAreReleased) {
    start();
    std::size_t answered = 0;
    while (answers.refused.empty()) {
        ASSERT_TRUE(journal->submit({1, std::string(20'000, 'x')}));
        answers.wait_for(++answered);
        ASSERT_LT(answered, 100u);
    }
    EXPECT_EQ(answers.refused[0].error.code, Errc::full);
    journal->log().release(journal->log().durable());
    ASSERT_TRUE(journal->submit({1, std::string(20'000, 'x')}));
    answers.wait_for(++answered);
    EXPECT_EQ(answers.durable.back().last_ticket, answered);
}

TEST_F(JournalTest, AFailedSyncIsFatalAndEndsTheAnswers) {
    start();
    occupy();
    disk.fail_sync(Fault::io_error);
    ASSERT_TRUE(journal->submit({1, "lost"}));
    answers.let_go();
    answers.wait_for(2);
    ASSERT_TRUE(answers.fatal);
    EXPECT_EQ(answers.fatal->code, Errc::broken);
    EXPECT_TRUE(answers.refused.empty());
    EXPECT_EQ(answers.durable.size(), 1u);
    EXPECT_EQ(journal->submit({1, "more"}).error().code, Errc::broken);
    journal->stop();
}

TEST_F(JournalTest, TooManyRecordsWaitingAreRefusedAtOnce) {
    options.waiting_records_max = 3;
    start();
    occupy();
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(journal->submit({1, "x"}));
    EXPECT_EQ(journal->submit({1, "x"}).error().code, Errc::full);
    answers.let_go();
    answers.wait_for(2);
    EXPECT_EQ(*journal->submit({1, "x"}), 5u);  // The refused one has used up no ticket.
}

TEST_F(JournalTest, TooManyBytesWaitingAreRefusedAtOnce) {
    options.waiting_bytes_max = 1000;
    start();
    occupy();
    ASSERT_TRUE(journal->submit({1, std::string(900, 'x')}));
    EXPECT_EQ(journal->waiting_bytes(), 900u);
    EXPECT_EQ(journal->submit({1, std::string(101, 'x')}).error().code, Errc::full);
    EXPECT_TRUE(journal->submit({1, std::string(100, 'x')}));
    answers.let_go();
    answers.wait_for(2);
    EXPECT_EQ(journal->waiting_bytes(), 0u);
}

TEST_F(JournalTest, ARecordLargerThanASegmentIsRefusedAtOnce) {
    start();
    EXPECT_EQ(journal->submit({1, std::string(64u << 10, 'x')}).error().code, Errc::too_large);
}

TEST_F(JournalTest, StoppingWritesWhatWaits) {
    start();
    occupy();
    for (int i = 0; i < 10; ++i) ASSERT_TRUE(journal->submit({1, "waits"}));
    answers.let_go();
    journal->stop();
    EXPECT_EQ(answers.durable.back().last_ticket, 11u);
    EXPECT_EQ(journal->submit({1, "late"}).error().code, Errc::cancelled);
    journal.reset();
    disk.lose_power(Unsynced::lost);
    EXPECT_EQ((*JournalLog::open(disk, "j", log_options))->durable(), 11u);
}

TEST_F(JournalTest, AnotherThreadReadsAndReleasesWhileRecordsAreAppended) {
    start();
    constexpr Sequence kRecords = 3000;
    std::jthread applier([&] {
        LogReader reader = journal->log().reader();
        for (Sequence next = 1; next <= kRecords;) {
            const auto batch = reader.read(next, 10'000);
            ASSERT_TRUE(batch) << to_string(batch.error());
            for (const auto& record : batch->records) {
                ASSERT_EQ(record.sequence, next);
                ASSERT_EQ(record.bytes, std::to_string(next) + std::string(100, 'x'));
                ++next;
            }
            journal->log().release(next - 1);
            std::this_thread::yield();
        }
    });
    // Every refusal comes again, so that what is in the log counts up.
    Sequence submitted = 0;
    std::size_t answered = 0;
    while (submitted < kRecords) {
        ASSERT_TRUE(journal->submit({1, std::to_string(submitted + 1) + std::string(100, 'x')}));
        answers.wait_for(++answered);
        ASSERT_LT(answered, 1'000'000u) << "the applier does not get on";
        if (answers.refused.empty()) ++submitted;
        else answers.refused.clear();
    }
    applier.join();
    EXPECT_GT(disk.paths().size(), 1u);
}

}  // namespace
}  // namespace posthorn::journal
