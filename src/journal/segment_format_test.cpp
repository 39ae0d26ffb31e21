#include "journal/segment_format.h"

#include <gtest/gtest.h>

#include "journal/crc32c.h"

namespace posthorn::journal {
namespace {

TEST(Crc32c, HasTheValuesOfRfc3720) {
    // Appendix B.4.
    EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aau);
    EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62a8ab43u);
    std::string rising;
    for (char i = 0; i < 32; ++i) rising.push_back(i);
    EXPECT_EQ(crc32c(rising), 0x46dd794eu);
    EXPECT_EQ(crc32c("123456789"), 0xe3069283u);
    EXPECT_EQ(crc32c(""), 0u);
}

TEST(Crc32c, ByTableIsTheSameForEveryLength) {
    std::string bytes;
    for (int i = 0; i < 70; ++i) {
        EXPECT_EQ(crc32c(bytes), crc32c_by_table(bytes));
        bytes.push_back(static_cast<char>(i * 37));
    }
}

TEST(SegmentHeader, IsReadBackAsItWasWritten) {
    const SegmentHeader header{7, 1000, 0x0123456789abcdef, 16 << 20};
    const auto parsed = parse_segment_header(encode_segment_header(header));
    ASSERT_TRUE(parsed);
    EXPECT_EQ(**parsed, header);
}

TEST(SegmentHeader, LiesAsTheFormatSays) {
    const std::string bytes = encode_segment_header({7, 1000, 0x0123456789abcdef, 16 << 20});
    ASSERT_EQ(bytes.size(), 64u);
    EXPECT_EQ(bytes.substr(0, 8), "PHSEGMNT");
    EXPECT_EQ(load_u32(bytes.data() + 8), crc32c(bytes.substr(12)));
    EXPECT_EQ(load_u32(bytes.data() + 12), 1u);
    EXPECT_EQ(load_u64(bytes.data() + 16), 7u);
    EXPECT_EQ(load_u64(bytes.data() + 24), 1000u);
    EXPECT_EQ(load_u64(bytes.data() + 32), 0x0123456789abcdefu);
    EXPECT_EQ(load_u64(bytes.data() + 40), 16u << 20);
}

TEST(SegmentHeader, OfZerosMeansNeverUsed) {
    const auto parsed = parse_segment_header(std::string(64, '\0'));
    ASSERT_TRUE(parsed);
    EXPECT_FALSE(parsed->has_value());
}

TEST(SegmentHeader, WithAnyBitFlippedIsCorrupt) {
    const std::string bytes = encode_segment_header({7, 1000, 99, 16 << 20});
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
        std::string flipped = bytes;
        flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
        const auto parsed = parse_segment_header(flipped);
        ASSERT_FALSE(parsed) << bit;
        EXPECT_EQ(parsed.error().code, Errc::corrupt);
    }
    EXPECT_EQ(parse_segment_header(bytes.substr(0, 63)).error().code, Errc::corrupt);
}

TEST(SegmentHeader, OfANewerVersionIsRefusedWithBothVersions) {
    std::string bytes = encode_segment_header({7, 1000, 99, 16 << 20});
    bytes[12] = 2;
    const std::uint32_t crc = crc32c(std::string_view(bytes).substr(12));
    for (std::size_t i = 0; i < 4; ++i) bytes[8 + i] = static_cast<char>(crc >> (8 * i));
    const auto parsed = parse_segment_header(bytes);
    ASSERT_FALSE(parsed);
    EXPECT_EQ(parsed.error().code, Errc::unsupported);
    EXPECT_NE(parsed.error().detail.find("version 2, this program knows version 1"), std::string::npos);
}

struct GroupTest : testing::Test {
    GroupTest() { encode_group(99, 41, records, bytes); }

    std::vector<Record> records{{1, "first"}, {2, ""}, {255, std::string(300, 'x')}};
    std::string bytes;
};

TEST_F(GroupTest, IsReadBackAsItWasWritten) {
    EXPECT_EQ(bytes.size(), encoded_group_bytes(records));
    EXPECT_EQ(bytes.size() % 8, 0u);
    const auto group = parse_group(bytes, 99);
    ASSERT_TRUE(group);
    EXPECT_EQ(group->header.first, 41u);
    EXPECT_EQ(group->last(), 43u);
    EXPECT_EQ(group->header.bytes, bytes.size());
    std::vector<StoredRecord> found;
    for_each_record(*group, [&](const StoredRecord& record) { found.push_back(record); });
    ASSERT_EQ(found.size(), 3u);
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(found[i].sequence, 41 + i);
        EXPECT_EQ(found[i].kind, records[i].kind);
        EXPECT_EQ(found[i].bytes, records[i].bytes);
    }
}

TEST_F(GroupTest, OfAnotherSegmentIsNotValid) { EXPECT_FALSE(parse_group(bytes, 98)); }

TEST_F(GroupTest, CutOffAnywhereIsNotValid) {
    for (std::size_t length = 0; length < bytes.size(); ++length)
        EXPECT_FALSE(parse_group(std::string_view(bytes).substr(0, length), 99)) << length;
}

TEST_F(GroupTest, WithAnyBitOfItsRecordsFlippedIsNotValid) {
    const std::size_t used = 32 + 3 * 5 + 5 + 300;
    for (std::size_t bit = 0; bit < used * 8; ++bit) {
        std::string flipped = bytes;
        flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
        EXPECT_FALSE(parse_group(flipped, 99)) << bit;
    }
}

TEST_F(GroupTest, WithRecordsThatDoNotFillItIsNotValidThoughItsChecksumIsRight) {
    bytes[32] = static_cast<char>(bytes[32] + 1);
    const std::uint32_t crc = crc32c(std::string_view(bytes).substr(8, 24 + 3 * 5 + 5 + 300));
    for (std::size_t i = 0; i < 4; ++i) bytes[4 + i] = static_cast<char>(crc >> (8 * i));
    EXPECT_FALSE(parse_group(bytes, 99));
}

TEST_F(GroupTest, IsFoundBehindGarbage) {
    const std::string segment = std::string(800, 'P') + bytes;
    const auto found = find_group(segment, 3, 99, 41);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->offset, 800u);
    EXPECT_EQ(found->first, 41u);
    EXPECT_FALSE(find_group(segment, 3, 99, 42));
    EXPECT_FALSE(find_group(segment, 801, 99, 41));
}

}  // namespace
}  // namespace posthorn::journal
