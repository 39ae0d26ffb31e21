#include <gtest/gtest.h>

#include "wire/http1.h"

namespace posthorn::wire {
namespace {

/// Why a response is refused; empty when it is accepted or incomplete.
std::string fault_of(std::string_view bytes) {
    ResponseParser parser({});
    return parser.parse(bytes) == Progress::refused ? parser.fault().detail : std::string();
}

TEST(ResponseParserTest, ReadsStatusAndHeaders) {
    const std::string bytes = "HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\nRetry-After: 7\r\n\r\nok";
    ResponseParser parser({});
    ASSERT_EQ(parser.parse(bytes), Progress::complete);
    EXPECT_EQ(parser.head().status, 202);
    EXPECT_EQ(parser.head().content_length, 2u);
    EXPECT_TRUE(parser.head().keep_alive);
    EXPECT_TRUE(parser.head().has_body());
    EXPECT_EQ(find_header(parser.head().headers, "retry-after"), "7");
    EXPECT_EQ(parser.head_bytes(), bytes.size() - 2);
}

TEST(ResponseParserTest, AcceptsAStatusLineWithoutReason) {
    for (const char* line : {"HTTP/1.1 204", "HTTP/1.1 204 ", "HTTP/1.0 204"}) {
        const std::string bytes = std::string(line) + "\r\nX: y\r\n\r\n";
        ResponseParser parser({});
        ASSERT_EQ(parser.parse(bytes), Progress::complete) << line;
        EXPECT_EQ(parser.head().status, 204);
        EXPECT_FALSE(parser.head().has_body());
        EXPECT_EQ(parser.head().headers.size(), 1u);
        EXPECT_EQ(parser.head_bytes(), bytes.size());
    }
}

TEST(ResponseParserTest, ABodyWithoutFramingEndsTheConnection) {
    ResponseParser parser({});
    ASSERT_EQ(parser.parse("HTTP/1.1 200 OK\r\n\r\n"), Progress::complete);
    EXPECT_FALSE(parser.head().keep_alive);
    EXPECT_FALSE(parser.head().content_length);
    EXPECT_FALSE(parser.head().is_chunked);
}

TEST(ResponseParserTest, KnowsOtherProtocolsByTheirFirstBytes) {
    EXPECT_NE(fault_of("SSH-2.0-OpenSSH"), "");
    EXPECT_NE(fault_of("220 mail ESMTP\r\n"), "");
    EXPECT_NE(fault_of("HTTP/2 200\r\n"), "");
    EXPECT_EQ(fault_of("HTT"), "");
    EXPECT_NE(fault_of("HTX"), "");
}

TEST(ResponseParserTest, RefusesDoubtfulAnswers) {
    const std::string start = "HTTP/1.1 200 OK\r\n";
    EXPECT_NE(fault_of(start + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"), "");
    EXPECT_NE(fault_of(start + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n"), "");
    EXPECT_NE(fault_of(start + "Content-Length: x\r\n\r\n"), "");
    EXPECT_NE(fault_of(start + "Transfer-Encoding: gzip, chunked\r\n\r\n"), "");
    EXPECT_NE(fault_of(start + "X: a\r\n b\r\n\r\n"), "");
    EXPECT_NE(fault_of(start + "X: a\n\r\n"), "");
    EXPECT_NE(fault_of("HTTP/1.1 99 Low\r\n\r\n"), "");
    EXPECT_NE(fault_of("HTTP/1.1 600 High\r\n\r\n"), "");
    EXPECT_NE(fault_of("HTTP/1.1 2x0 OK\r\n\r\n"), "");
    EXPECT_NE(fault_of("HTTP/1.1 200 O\x01K\r\n\r\n"), "");
}

}  // namespace
}  // namespace posthorn::wire
