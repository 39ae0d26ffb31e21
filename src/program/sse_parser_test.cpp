#include "program/sse_parser.h"

#include <gtest/gtest.h>

namespace posthorn::program {
namespace {

TEST(SseParserTest, ReadsAnEventWithNameIdAndData) {
    SseParser parser;
    const auto events = parser.take("id: 5\nevent: delivery.dead\ndata: {\"a\":1}\n\n");
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0].id, "5");
    EXPECT_EQ(events[0].name, "delivery.dead");
    EXPECT_EQ(events[0].data, "{\"a\":1}");
    EXPECT_EQ(parser.last_id(), "5");
}

TEST(SseParserTest, TheCutOfThePiecesDoesNotMatter) {
    const std::string text = "\xEF\xBB\xBFid: 1\r\nevent: a\r\ndata: x\r\ndata: y\r\n\r\n: comment\r\ndata:z\r\r";
    SseParser whole;
    const auto expected = whole.take(text);
    ASSERT_EQ(expected.size(), 2U);
    EXPECT_EQ(expected[0].data, "x\ny");
    EXPECT_EQ(expected[1].name, "message");
    EXPECT_EQ(expected[1].data, "z");
    EXPECT_EQ(expected[1].id, "1");
    SseParser parser;
    std::vector<StreamEvent> events;
    for (const char c : text)
        for (auto& event : parser.take(std::string_view(&c, 1))) events.push_back(std::move(event));
    ASSERT_EQ(events.size(), 2U);
    for (std::size_t i = 0; i < 2; ++i) {
        EXPECT_EQ(events[i].data, expected[i].data);
        EXPECT_EQ(events[i].name, expected[i].name);
        EXPECT_EQ(events[i].id, expected[i].id);
    }
}

TEST(SseParserTest, AnEventWithoutDataIsNone) {
    SseParser parser;
    EXPECT_TRUE(parser.take("event: a\n\n: still here\n\nid: 7\n\n").empty());
    EXPECT_EQ(parser.last_id(), "7");
    EXPECT_EQ(parser.take("data\n\n").size(), 1U);
}

TEST(SseParserTest, KeepsTheLastIdOverANewConnectionButNoHalfEvent) {
    SseParser parser;
    parser.take("id: 9\ndata: done\n\ndata: half");
    parser.restart();
    const auto events = parser.take("data: next\n\n");
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0].data, "next");
    EXPECT_EQ(parser.last_id(), "9");
}

TEST(SseParserTest, HearsHowLongToWait) {
    SseParser parser;
    parser.take("retry: 1500\n\n");
    EXPECT_EQ(parser.retry_ms(), 1500);
    parser.take("retry: soon\n\n");
    EXPECT_EQ(parser.retry_ms(), 1500);
}

TEST(SseParserTest, AnEndlessEventIsGivenUp) {
    SseParser parser;
    const std::string piece(1024 * 1024, 'x');
    for (int i = 0; i < 5; ++i) parser.take(piece);
    EXPECT_TRUE(parser.is_too_long());
    parser.restart();
    EXPECT_FALSE(parser.is_too_long());
}

}  // namespace
}  // namespace posthorn::program
