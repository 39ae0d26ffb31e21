#include "journal/journal_log.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "journal/crc32c.h"
#include "journal/segment_format.h"
#include "testkit/faulty_disk.h"

namespace posthorn::journal {
namespace {

using testkit::Fault;
using testkit::FaultyDisk;
using testkit::Unsynced;

std::vector<Record> group_of(std::vector<std::string> texts) {
    std::vector<Record> group;
    for (auto& text : texts) group.push_back({7, std::move(text)});
    return group;
}

struct JournalLogTest : testing::Test {
    JournalLogTest() {
        options.segment_bytes = 8192;  // Room for 4096 bytes of groups.
        options.segments_max = 3;
        options.random = [this] { return ++salt; };
    }

    Result<void> open(Sequence applied = 0) {
        log.reset();
        options.applied = applied;
        POSTHORN_TRY(log, JournalLog::open(disk, "j", options));
        return {};
    }

    /// All records from `from` on, as text.
    Result<std::vector<std::string>> read(Sequence from) {
        std::vector<std::string> texts;
        LogReader reader = log->reader();
        for (;;) {
            POSTHORN_TRY(const auto batch, reader.read(from, 100));
            if (batch.records.empty()) return texts;
            for (const auto& record : batch.records) {
                EXPECT_EQ(record.sequence, from++);
                texts.emplace_back(record.bytes);
            }
        }
    }

    /// Appends groups of one record of `bytes` bytes until the log refuses; how many it took.
    std::uint64_t fill(std::size_t bytes) {
        std::uint64_t count = 0;
        while (log->append(group_of({std::string(bytes, 'f')}))) ++count;
        return count;
    }

    std::uint64_t salt = 1000;
    FaultyDisk disk;
    LogOptions options;
    std::unique_ptr<JournalLog> log;
};

TEST_F(JournalLogTest, BeginsWithRecordOne) {
    ASSERT_TRUE(open());
    EXPECT_EQ(log->recovery().next_sequence, 1u);
    EXPECT_EQ(log->durable(), 0u);
    EXPECT_TRUE(read(1)->empty());
    EXPECT_EQ(*log->append(group_of({"a", "b"})), 2u);
    EXPECT_EQ(*log->append(group_of({"c"})), 3u);
    EXPECT_EQ(*read(1), (std::vector<std::string>{"a", "b", "c"}));
}

TEST_F(JournalLogTest, ReadsFromTheMiddleOfAGroup) {
    ASSERT_TRUE(open());
    ASSERT_TRUE(log->append(group_of({"a", "b", "c"})));
    EXPECT_EQ(*read(2), (std::vector<std::string>{"b", "c"}));
    EXPECT_TRUE(read(4)->empty());
    EXPECT_EQ(log->reader().read(0, 1).error().code, Errc::not_found);
}

TEST_F(JournalLogTest, KeepsKindAndAnyBytes) {
    ASSERT_TRUE(open());
    const std::string bytes("\0\xff\n\0", 4);
    const std::vector<Record> group{{0, bytes}, {255, ""}};
    ASSERT_TRUE(log->append(group));
    const auto batch = *log->reader().read(1, 1000);
    ASSERT_EQ(batch.records.size(), 2u);
    EXPECT_EQ(batch.records[0].kind, 0u);
    EXPECT_EQ(batch.records[0].bytes, bytes);
    EXPECT_EQ(batch.records[1].kind, 255u);
    EXPECT_EQ(batch.records[1].bytes, "");
}

TEST_F(JournalLogTest, AGroupIsOneWriteAndOneSync) {
    ASSERT_TRUE(open());
    ASSERT_TRUE(log->append(group_of({"first"})));  // Begins the segment as well.
    const auto before = disk.calls();
    ASSERT_TRUE(log->append(group_of({"a", "b", "c", "d"})));
    EXPECT_EQ(disk.calls() - before, 2u);
}

TEST_F(JournalLogTest, WhatWasAcknowledgedSurvivesAPowerLoss) {
    ASSERT_TRUE(open());
    ASSERT_TRUE(log->append(group_of({"a", "b"})));
    disk.lose_power(Unsynced::lost);
    ASSERT_TRUE(open());
    EXPECT_EQ(*read(1), (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(log->recovery().records, 2u);
    EXPECT_EQ(log->recovery().torn_bytes, 0u);
    EXPECT_EQ(*log->append(group_of({"c"})), 3u);
}

TEST_F(JournalLogTest, GoesOnInTheNextSegmentAndReadsAcross) {
    ASSERT_TRUE(open());
    std::vector<std::string> texts;
    for (char letter = 'a'; letter < 'g'; ++letter) {
        texts.push_back(std::string(1500, letter));
        ASSERT_TRUE(log->append(group_of({texts.back()})));
    }
    EXPECT_EQ(disk.paths(), (std::vector<std::string>{"j/segment-0000", "j/segment-0001", "j/segment-0002"}));
    EXPECT_EQ(*read(1), texts);
    ASSERT_TRUE(open());
    EXPECT_EQ(*read(1), texts);
}

TEST_F(JournalLogTest, IsFullRatherThanOverwritingAndGoesOnAfterRelease) {
    ASSERT_TRUE(open());
    EXPECT_EQ(fill(1500), 6u);
    EXPECT_EQ(log->append(group_of({std::string(1500, 'x')})).error().code, Errc::full);
    log->release(1);  // The first segment holds 1 and 2.
    EXPECT_EQ(log->append(group_of({std::string(1500, 'x')})).error().code, Errc::full);
    log->release(2);
    EXPECT_EQ(*log->append(group_of({std::string(1500, 'x')})), 7u);
    EXPECT_EQ(log->reader().read(1, 1).error().code, Errc::not_found);
    EXPECT_EQ(read(3)->size(), 5u);
    EXPECT_EQ(disk.paths().size(), 3u);
}

TEST_F(JournalLogTest, TellsHowMuchRoomIsLeft) {
    ASSERT_TRUE(open());
    EXPECT_EQ(log->free_bytes(), 3 * 4096u);
    fill(1500);
    EXPECT_LT(log->free_bytes(), 2000u);
    log->release(4);
    EXPECT_GE(log->free_bytes(), 2 * 4096u);
    EXPECT_EQ(log->ring_bytes(), 3 * 8192u);
}

TEST_F(JournalLogTest, ARefusedLargeGroupLeavesTheRestOfTheSegmentToSmallOnes) {
    ASSERT_TRUE(open());
    fill(1500);
    EXPECT_EQ(*log->append(group_of({"small"})), 7u);
}

TEST_F(JournalLogTest, TakesARecordAsLargeAsASegmentAndNoLarger) {
    ASSERT_TRUE(open());
    const std::string largest(log->record_bytes_max(), 'x');
    ASSERT_TRUE(log->append(group_of({largest})));
    EXPECT_EQ(*read(1), std::vector<std::string>{largest});
    EXPECT_EQ(log->append(group_of({largest + "x"})).error().code, Errc::too_large);
    EXPECT_EQ(*log->append(group_of({"next"})), 2u);
}

TEST_F(JournalLogTest, ReadsManyGroupsUpToTheLimitAndThenOn) {
    ASSERT_TRUE(open());
    for (int i = 0; i < 20; ++i) ASSERT_TRUE(log->append(group_of({std::string(100, 'x')})));
    LogReader reader = log->reader();
    const auto first = *reader.read(1, 499);
    EXPECT_EQ(first.records.size(), 5u);
    EXPECT_EQ(reader.read(6, 1'000'000)->records.size(), 15u);
    EXPECT_EQ(reader.read(3, 99)->records.size(), 1u);  // Back again.
    EXPECT_TRUE(reader.read(21, 99)->records.empty());
    ASSERT_TRUE(log->append(group_of({"new"})));
    EXPECT_EQ(reader.read(21, 99)->records.size(), 1u);
}

TEST_F(JournalLogTest, ABatchCanBeMoved) {
    ASSERT_TRUE(open());
    ASSERT_TRUE(log->append(group_of({"a", "b"})));
    auto batch = *log->reader().read(1, 100);
    const RecordBatch moved = std::move(batch);
    EXPECT_EQ(moved.records[1].bytes, "b");
}

TEST_F(JournalLogTest, AFailedWriteRefusesTheGroupAndLeavesTheLogAsItWas) {
    for (const Fault fault : {Fault::no_space, Fault::io_error, Fault::short_write, Fault::late_error}) {
        disk.lose_power();
        for (const auto& path : disk.paths()) ASSERT_TRUE(disk.remove(path));
        ASSERT_TRUE(open());
        ASSERT_TRUE(log->append(group_of({"a"})));
        disk.fail_write(fault);
        const auto appended = log->append(group_of({std::string(2000, 'g')}));
        const bool is_full = fault == Fault::no_space || fault == Fault::short_write;
        EXPECT_EQ(appended.error().code, is_full ? Errc::full : Errc::io);
        EXPECT_EQ(appended.error().where, "j/segment-0000");
        EXPECT_EQ(log->durable(), 1u);
        EXPECT_EQ(*read(1), std::vector<std::string>{"a"});
        EXPECT_EQ(*log->append(group_of({"b"})), 2u);
        EXPECT_EQ(*read(1), (std::vector<std::string>{"a", "b"}));
        ASSERT_TRUE(open());
        EXPECT_EQ(*read(1), (std::vector<std::string>{"a", "b"}));
    }
}

TEST_F(JournalLogTest, ARefusedGroupDoesNotComeBackAtTheNextStart) {
    ASSERT_TRUE(open());
    ASSERT_TRUE(log->append(group_of({"a"})));
    disk.fail_write(Fault::late_error);
    ASSERT_FALSE(log->append(group_of({"refused"})));
    ASSERT_TRUE(open());
    EXPECT_EQ(*read(1), std::vector<std::string>{"a"});
}

TEST_F(JournalLogTest, AFailedSyncPoisonsTheLog) {
    ASSERT_TRUE(open());
    ASSERT_TRUE(log->append(group_of({"a"})));
    disk.fail_sync(Fault::io_error);
    EXPECT_EQ(log->append(group_of({"b"})).error().code, Errc::broken);
    EXPECT_TRUE(log->is_poisoned());
    EXPECT_EQ(log->append(group_of({"c"})).error().code, Errc::broken);
    EXPECT_EQ(*read(1), std::vector<std::string>{"a"});
}

TEST_F(JournalLogTest, WhatRecoveryFoundAfterAFailedSyncSurvivesThePowerLossAfterIt) {
    ASSERT_TRUE(open());
    ASSERT_TRUE(log->append(group_of({"a"})));
    disk.fail_sync(Fault::io_error);
    ASSERT_FALSE(log->append(group_of({"b"})));
    ASSERT_TRUE(open());  // The page cache still shows it.
    EXPECT_EQ(*read(1), (std::vector<std::string>{"a", "b"}));
    disk.lose_power(Unsynced::lost);
    ASSERT_TRUE(open(2));  // The state has applied it meanwhile.
    EXPECT_EQ(log->recovery().next_sequence, 3u);
}

TEST_F(JournalLogTest, AFailedSyncOfANewSegmentPoisonsToo) {
    ASSERT_TRUE(open());
    ASSERT_TRUE(log->append(group_of({std::string(4050, 'x')})));
    ASSERT_TRUE(log->prepare());
    disk.fail_sync(Fault::io_error);
    EXPECT_EQ(log->append(group_of({"b"})).error().code, Errc::broken);
    ASSERT_TRUE(open());
    EXPECT_EQ(log->durable(), 1u);
    EXPECT_EQ(*log->append(group_of({"b"})), 2u);
}

TEST_F(JournalLogTest, ADiskTooFullForANewSegmentRefusesAndLeavesNothingBehind) {
    ASSERT_TRUE(open());
    ASSERT_TRUE(log->append(group_of({std::string(4050, 'x')})));
    disk.fail_write(Fault::no_space);
    EXPECT_EQ(log->append(group_of({"b"})).error().code, Errc::full);
    EXPECT_EQ(disk.paths(), std::vector<std::string>{"j/segment-0000"});
    EXPECT_EQ(*log->append(group_of({"b"})), 2u);
}

TEST_F(JournalLogTest, AfterAHalfWrittenSegmentHeaderNothingGoesIntoTheOldSegment) {
    ASSERT_TRUE(open());
    ASSERT_TRUE(log->append(group_of({std::string(3000, 'x')})));
    ASSERT_TRUE(log->prepare());
    disk.fail_write(Fault::late_error);  // The header arrives, but the group is refused.
    EXPECT_EQ(log->append(group_of({std::string(3000, 'y')})).error().code, Errc::io);
    EXPECT_EQ(*log->append(group_of({"small"})), 2u);  // Would fit the old segment.
    ASSERT_TRUE(open());
    EXPECT_EQ(read(1)->size(), 2u);
    EXPECT_EQ(*log->append(group_of({"c"})), 3u);
}

TEST_F(JournalLogTest, PreparesTheNextSegmentOnlyOnceTheCurrentOneIsHalfFull) {
    ASSERT_TRUE(open());
    ASSERT_TRUE(log->append(group_of({"x"})));
    ASSERT_TRUE(log->prepare());
    EXPECT_EQ(disk.paths().size(), 1u);
    ASSERT_TRUE(log->append(group_of({std::string(3000, 'x')})));
    ASSERT_TRUE(log->prepare());
    ASSERT_TRUE(log->prepare());
    EXPECT_EQ(disk.paths().size(), 2u);
}

TEST_F(JournalLogTest, StaleRecordsOfARecycledSegmentNeverComeBack) {
    ASSERT_TRUE(open());
    for (int i = 0; i < 6; ++i) ASSERT_TRUE(log->append(group_of({"old" + std::string(1500, 'o')})));
    log->release(6);
    ASSERT_TRUE(log->append(group_of({"new"})));
    EXPECT_EQ(*read(7), std::vector<std::string>{"new"});
    ASSERT_TRUE(open(6));
    EXPECT_EQ(log->recovery().next_sequence, 8u);
    EXPECT_EQ(*read(7), std::vector<std::string>{"new"});
}

TEST_F(JournalLogTest, EachUseOfASegmentHasASaltOfItsOwn) {
    ASSERT_TRUE(open());
    fill(1500);
    const auto before = **parse_segment_header(disk.contents("j/segment-0000"));
    EXPECT_EQ(before.salt, 1001u);
    EXPECT_EQ((*parse_segment_header(disk.contents("j/segment-0001")))->salt, 1002u);
    log->release(6);
    ASSERT_TRUE(log->append(group_of({std::string(1500, 'x')})));
    const auto after = **parse_segment_header(disk.contents("j/segment-0000"));
    EXPECT_EQ(after.salt, 1004u);
    EXPECT_EQ(after.generation, before.generation + 3);
    EXPECT_EQ(after.first_sequence, 7u);
}

TEST_F(JournalLogTest, APayloadThatLooksLikeAGroupIsNotTakenForOne) {
    ASSERT_TRUE(open());
    ASSERT_TRUE(log->append(group_of({"a"})));
    // What somebody would post who knew everything but the salt.
    std::string forged;
    encode_group(4711, 3, group_of({"forged"}), forged);
    std::string payload(3, 'p');
    while (payload.size() < 3000) payload += forged;
    disk.fail_write(Fault::late_error);
    ASSERT_FALSE(log->append(group_of({payload})));
    ASSERT_TRUE(log->append(group_of({std::string(27, 'b')})));
    ASSERT_TRUE(open());
    EXPECT_EQ(read(1)->size(), 2u);
}

TEST_F(JournalLogTest, ATornGroupAtTheEndIsCutOffAndReported) {
    ASSERT_TRUE(open());
    ASSERT_TRUE(log->append(group_of({"a"})));
    disk.fail_write(Fault::power_failure);
    ASSERT_FALSE(log->append(group_of({std::string(2000, 't')})));
    disk.lose_power(Unsynced::kept);
    disk.flip_bit("j/segment-0000", (4096 + 48 + 1500) * 8);
    ASSERT_TRUE(open());
    EXPECT_EQ(*read(1), std::vector<std::string>{"a"});
    EXPECT_GE(log->recovery().torn_bytes, 2000u);
    EXPECT_EQ(log->recovery().torn_file, "j/segment-0000");
    EXPECT_EQ(log->recovery().torn_offset, 4096u + 40u);
}

TEST_F(JournalLogTest, DamageBeforeTheEndIsReportedWithItsPlace) {
    ASSERT_TRUE(open());
    for (const char* text : {"a", "b", "c"}) ASSERT_TRUE(log->append(group_of({text})));
    disk.flip_bit("j/segment-0000", (4096 + 40 + 37) * 8);  // The byte of "b".
    EXPECT_EQ(read(1).error().code, Errc::corrupt);
    const auto opened = open();
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Errc::corrupt);
    EXPECT_EQ(to_string(opened.error()),
              "j/segment-0000: record 2 at offset 4136 is damaged; record 3 follows at offset 4176");
}

TEST_F(JournalLogTest, DamageInTheLastGroupIsFoundByWhatWasApplied) {
    ASSERT_TRUE(open());
    for (const char* text : {"a", "b", "c"}) ASSERT_TRUE(log->append(group_of({text})));
    disk.flip_bit("j/segment-0000", (4096 + 80 + 37) * 8);  // The byte of "c".
    EXPECT_EQ(open(3).error().code, Errc::corrupt);
    ASSERT_TRUE(open(2));  // Can't be told from a torn write.
    EXPECT_EQ(log->recovery().torn_offset, 4096u + 80u);
    EXPECT_EQ(log->recovery().next_sequence, 3u);
}

TEST_F(JournalLogTest, DamageAmongWhatIsAppliedIsNoMatter) {
    ASSERT_TRUE(open());
    for (const char* text : {"a", "b", "c", "d"}) ASSERT_TRUE(log->append(group_of({text})));
    disk.flip_bit("j/segment-0000", (4096 + 40 + 37) * 8);  // "b".
    ASSERT_TRUE(open(2));
    EXPECT_EQ(*read(3), (std::vector<std::string>{"c", "d"}));
    EXPECT_EQ(*log->append(group_of({"e"})), 5u);
    EXPECT_EQ(*read(3), (std::vector<std::string>{"c", "d", "e"}));
}

TEST_F(JournalLogTest, ADamagedSegmentHeaderIsReported) {
    ASSERT_TRUE(open());
    ASSERT_TRUE(log->append(group_of({"a"})));
    disk.flip_bit("j/segment-0000", 20 * 8);
    const auto opened = open();
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Errc::corrupt);
    EXPECT_EQ(opened.error().where, "j/segment-0000");
}

TEST_F(JournalLogTest, AMissingSegmentIsReported) {
    ASSERT_TRUE(open());
    fill(1500);
    ASSERT_TRUE(disk.remove("j/segment-0001"));
    EXPECT_EQ(open(0).error().code, Errc::corrupt);
    EXPECT_EQ(open(2).error().code, Errc::corrupt);
    EXPECT_TRUE(open(4));  // The segment's records were 3 and 4.
    EXPECT_EQ(read(5)->size(), 2u);
}

TEST_F(JournalLogTest, AnEmptyFolderBesideAStateThatHasAppliedRecordsIsReported) {
    const auto opened = open(5);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Errc::corrupt);
}

TEST_F(JournalLogTest, AStateOlderThanTheJournalIsReported) {
    ASSERT_TRUE(open());
    fill(1500);
    log->release(6);
    ASSERT_TRUE(log->append(group_of({std::string(1500, 'x')})));
    EXPECT_EQ(open(1).error().code, Errc::corrupt);  // Record 2 is gone.
    EXPECT_TRUE(open(2));
}

TEST_F(JournalLogTest, ANewerVersionIsRefusedBeforeAnythingIsChanged) {
    ASSERT_TRUE(open());
    ASSERT_TRUE(log->append(group_of({"a"})));
    std::string bytes = disk.contents("j/segment-0000");
    bytes[12] = 2;
    const std::uint32_t crc = crc32c(std::string_view(bytes).substr(12, 52));
    for (std::size_t i = 0; i < 4; ++i) bytes[8 + i] = static_cast<char>(crc >> (8 * i));
    disk.put("j/segment-0000", bytes);
    disk.put("j/segment-0001.new", "left over");
    const auto opened = open();
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Errc::unsupported);
    EXPECT_EQ(opened.error().where, "j/segment-0000");
    EXPECT_EQ(disk.contents("j/segment-0001.new"), "left over");
}

TEST_F(JournalLogTest, LeftoversOfAnUnfinishedSegmentAreRemoved) {
    disk.put("j/segment-0007.new", "left over");
    ASSERT_TRUE(open());
    EXPECT_EQ(disk.paths(), std::vector<std::string>{"j/segment-0000"});
}

TEST_F(JournalLogTest, OtherFilesInTheFolderAreLeftAlone) {
    disk.put("j/notes.txt", "mine");
    ASSERT_TRUE(open());
    EXPECT_EQ(disk.contents("j/notes.txt"), "mine");
}

TEST_F(JournalLogTest, SegmentsOfAnotherSizeAreReadAndReplacedInTime) {
    ASSERT_TRUE(open());
    fill(1500);
    options.segment_bytes = 16'384;
    options.segments_max = 2;
    ASSERT_TRUE(open(0));
    EXPECT_EQ(read(1)->size(), 6u);
    EXPECT_EQ(log->append(group_of({std::string(5000, 'x')})).error().code, Errc::full);
    log->release(4);
    ASSERT_TRUE(log->append(group_of({std::string(5000, 'x')})));
    EXPECT_EQ(disk.paths().size(), 2u);
    EXPECT_EQ(read(5)->size(), 3u);
    ASSERT_TRUE(open(4));
    EXPECT_EQ(read(5)->size(), 3u);
}

TEST_F(JournalLogTest, ACutOffFileIsReported) {
    ASSERT_TRUE(open());
    ASSERT_TRUE(log->append(group_of({"a"})));
    disk.put("j/segment-0000", disk.contents("j/segment-0000").substr(0, 5000));
    EXPECT_EQ(open().error().code, Errc::corrupt);
}

TEST_F(JournalLogTest, OptionsOutOfRangeAreRefused) {
    options.segment_bytes = 8191;
    EXPECT_EQ(open().error().code, Errc::invalid);
    options.segment_bytes = (1u << 30) + 1;
    EXPECT_EQ(open().error().code, Errc::invalid);
    options.segment_bytes = 8192;
    options.segments_max = 1;
    EXPECT_EQ(open().error().code, Errc::invalid);
}

TEST_F(JournalLogTest, AFolderThatCannotBeWrittenToShowsAtStart) {
    disk.fail_write(Fault::io_error);
    EXPECT_EQ(open().error().code, Errc::io);
}

TEST(JournalLogDefaults, TakeARecordOfEightMebibytes) {
    FaultyDisk disk;
    LogOptions options;
    options.segments_max = 2;
    auto log = *JournalLog::open(disk, "j", options);
    const std::vector<Record> group{{1, std::string(8u << 20, 'x')}};
    ASSERT_TRUE(log->append(group));
    const auto batch = *log->reader().read(1, 100);
    ASSERT_EQ(batch.records.size(), 1u);
    EXPECT_EQ(batch.records[0].bytes, group[0].bytes);
}

}  // namespace
}  // namespace posthorn::journal
