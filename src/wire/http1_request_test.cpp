#include <gtest/gtest.h>

#include "wire/http1.h"

namespace posthorn::wire {
namespace {

/// The status with which a request is refused; 0 when it is accepted, 1 when it is incomplete.
unsigned status_of(std::string_view bytes, Http1Limits limits = {}) {
    RequestParser parser(limits);
    switch (parser.parse(bytes)) {
        case Progress::complete: return 0;
        case Progress::incomplete: return 1;
        case Progress::refused: EXPECT_FALSE(parser.fault().detail.empty()); return parser.fault().status;
    }
    return 0;
}

std::string with_header(std::string_view line) {
    return "POST /x HTTP/1.1\r\nHost: a\r\n" + std::string(line) + "\r\n\r\n";
}

TEST(RequestParserTest, ReadsStartLineAndHeaders) {
    const std::string bytes =
        "POST /a/b?c=d HTTP/1.1\r\nHost: localhost:8080\r\nContent-Length: 3\r\nX-Y:  z \t\r\n\r\nabc";
    RequestParser parser({});
    ASSERT_EQ(parser.parse(bytes), Progress::complete);
    const RequestHead& head = parser.head();
    EXPECT_EQ(head.method, "POST");
    EXPECT_EQ(head.target, "/a/b?c=d");
    EXPECT_EQ(head.content_length, 3u);
    EXPECT_TRUE(head.keep_alive);
    EXPECT_FALSE(head.is_chunked);
    EXPECT_FALSE(head.is_http_1_0);
    ASSERT_EQ(head.headers.size(), 3u);
    EXPECT_EQ(find_header(head.headers, "x-y"), "z");
    EXPECT_EQ(find_header(head.headers, "HOST"), "localhost:8080");
    EXPECT_FALSE(find_header(head.headers, "X"));
    EXPECT_EQ(parser.head_bytes(), bytes.size() - 3);
}

TEST(RequestParserTest, ViewsPointIntoTheBytesGiven) {
    const std::string bytes = "GET /t HTTP/1.1\r\nHost: a\r\n\r\n";
    RequestParser parser({});
    ASSERT_EQ(parser.parse(bytes), Progress::complete);
    EXPECT_EQ(parser.head().target.data(), bytes.data() + 4);
    EXPECT_EQ(parser.head().headers[0].value.data(), bytes.data() + 23);
}

TEST(RequestParserTest, StartsAnewForAPipelinedRequest) {
    const std::string first =
        "POST /1 HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n";
    const std::string second = "GET /2 HTTP/1.0\r\n\r\n";
    const std::string bytes = first + second;
    RequestParser parser({});
    ASSERT_EQ(parser.parse(bytes), Progress::complete);
    EXPECT_TRUE(parser.head().is_chunked);
    EXPECT_TRUE(parser.head().expects_continue);
    EXPECT_EQ(parser.head_bytes(), first.size());
    parser.restart();
    ASSERT_EQ(parser.parse(std::string_view(bytes).substr(first.size())), Progress::complete);
    EXPECT_EQ(parser.head().target, "/2");
    EXPECT_FALSE(parser.head().is_chunked);
    EXPECT_FALSE(parser.head().expects_continue);
    EXPECT_TRUE(parser.head().headers.empty());
}

TEST(RequestParserTest, KeepsTheConnectionAsTheVersionSays) {
    const auto keeps = [](const std::string& bytes) {
        RequestParser parser({});
        EXPECT_EQ(parser.parse(bytes), Progress::complete);
        return parser.head().keep_alive;
    };
    EXPECT_TRUE(keeps("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    EXPECT_FALSE(keeps("GET / HTTP/1.1\r\nHost: a\r\nConnection: Close\r\n\r\n"));
    EXPECT_FALSE(keeps("GET / HTTP/1.0\r\n\r\n"));
    EXPECT_TRUE(keeps("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
}

TEST(RequestParserTest, SkipsOneEmptyLineInFront) {
    EXPECT_EQ(status_of("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"), 0u);
    EXPECT_EQ(status_of("\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"), 400u);
}

TEST(RequestParserTest, RefusesTwoFramings) {
    EXPECT_EQ(status_of(with_header("Content-Length: 5\r\nTransfer-Encoding: chunked")), 400u);
    EXPECT_EQ(status_of(with_header("Transfer-Encoding: chunked\r\nContent-Length: 5")), 400u);
    EXPECT_EQ(status_of(with_header("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked")), 400u);
    EXPECT_EQ(status_of(with_header("Content-Length: 5\r\nContent-Length: 6")), 400u);
    EXPECT_EQ(status_of(with_header("Content-Length: 5\r\nContent-Length: 5")), 400u);
    EXPECT_EQ(status_of(with_header("Content-Length: 5, 5")), 400u);
}

TEST(RequestParserTest, RefusesLengthsThatAreNoNumbers) {
    for (const char* value : {"", "-1", "+5", "0x5", "5 6", "18446744073709551616", "5;", "five"}) {
        EXPECT_EQ(status_of(with_header("Content-Length: " + std::string(value))), 400u) << value;
    }
    EXPECT_EQ(status_of(with_header("Content-Length: 18446744073709551615")), 0u);
}

TEST(RequestParserTest, KnowsNoCodingButChunked) {
    for (const char* value :
         {"gzip", "gzip, chunked", "chunked, gzip", "chunked, chunked", "identity", "xchunked", "chunked;q=1"}) {
        EXPECT_EQ(status_of(with_header("Transfer-Encoding: " + std::string(value))), 501u) << value;
    }
    EXPECT_EQ(status_of(with_header("Transfer-Encoding: Chunked")), 0u);
    EXPECT_EQ(status_of("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"), 400u);
}

TEST(RequestParserTest, RefusesLinesThatAreReadDifferently) {
    EXPECT_EQ(status_of("GET / HTTP/1.1\nHost: a\n\n"), 400u);
    EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n"), 400u);
    EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: a\r\n\n"), 400u);
    EXPECT_EQ(status_of("\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"), 400u);
    EXPECT_EQ(status_of(with_header("X: a\rb")), 400u);
    EXPECT_EQ(status_of(with_header("X: a\r\n b")), 400u);
    EXPECT_EQ(status_of(with_header("X:\r\n\tContent-Length: 5")), 400u);
    EXPECT_EQ(status_of("GET / HTTP/1.1\r\n Host: a\r\n\r\n"), 400u);
    EXPECT_EQ(status_of(with_header("Content-Length : 5")), 400u);
    EXPECT_EQ(status_of(with_header(": 5")), 400u);
    EXPECT_EQ(status_of(with_header("NoColon")), 400u);
    EXPECT_EQ(status_of(with_header(std::string("X: a\0b", 6))), 400u);
    EXPECT_EQ(status_of(with_header("X\x80: a")), 400u);
}

TEST(RequestParserTest, WantsOneSoundHost) {
    EXPECT_EQ(status_of("GET / HTTP/1.1\r\n\r\n"), 400u);
    EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"), 400u);
    EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: a b\r\n\r\n"), 400u);
    EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"), 400u);
    EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: u@a\r\n\r\n"), 400u);
    EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n"), 0u);
    EXPECT_EQ(status_of("GET / HTTP/1.0\r\n\r\n"), 0u);
}

TEST(RequestParserTest, TakesThePathOfAnAbsoluteTargetForItsOwnHost) {
    const std::string bytes = "GET HTTP://A.example:80/x?y HTTP/1.1\r\nHost: a.example:80\r\n\r\n";
    RequestParser parser({});
    ASSERT_EQ(parser.parse(bytes), Progress::complete);
    EXPECT_EQ(parser.head().target, "/x?y");
    EXPECT_EQ(status_of("GET http://b/x HTTP/1.1\r\nHost: a\r\n\r\n"), 400u);
    EXPECT_EQ(status_of("GET http://a HTTP/1.1\r\nHost: a\r\n\r\n"), 0u);
    EXPECT_EQ(status_of("GET http://a?x HTTP/1.1\r\nHost: a\r\n\r\n"), 400u);
    EXPECT_EQ(status_of("GET ftp://a/x HTTP/1.1\r\nHost: a\r\n\r\n"), 400u);
}

TEST(RequestParserTest, RefusesOtherTargets) {
    EXPECT_EQ(status_of("CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n"), 501u);
    EXPECT_EQ(status_of("GET a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n"), 400u);
    EXPECT_EQ(status_of("GET * HTTP/1.1\r\nHost: a\r\n\r\n"), 400u);
    EXPECT_EQ(status_of("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"), 0u);
    EXPECT_EQ(status_of("GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n"), 400u);
    EXPECT_EQ(status_of("GET /\xC3\xA9 HTTP/1.1\r\nHost: a\r\n\r\n"), 400u);
    EXPECT_EQ(status_of("GET  / HTTP/1.1\r\nHost: a\r\n\r\n"), 400u);
    EXPECT_EQ(status_of("GET / x HTTP/1.1\r\nHost: a\r\n\r\n"), 505u);
}

TEST(RequestParserTest, RefusesOtherMethodsAndVersions) {
    EXPECT_EQ(status_of("G@T / HTTP/1.1\r\nHost: a\r\n\r\n"), 400u);
    EXPECT_EQ(status_of(std::string(33, 'M') + " / HTTP/1.1\r\nHost: a\r\n\r\n"), 501u);
    EXPECT_EQ(status_of("PURGE / HTTP/1.1\r\nHost: a\r\n\r\n"), 0u);
    EXPECT_EQ(status_of("GET / HTTP/2.0\r\nHost: a\r\n\r\n"), 505u);
    EXPECT_EQ(status_of("GET / http/1.1\r\nHost: a\r\n\r\n"), 505u);
    EXPECT_EQ(status_of("GET /\r\nHost: a\r\n\r\n"), 400u);
    EXPECT_EQ(status_of("\x16\x03\x01\x02"), 400u);
}

TEST(RequestParserTest, KnowsNoExpectationButContinue) {
    EXPECT_EQ(status_of(with_header("Expect: 100-Continue")), 0u);
    EXPECT_EQ(status_of(with_header("Expect: a-pony")), 417u);
}

TEST(RequestParserTest, RefusesWhatIsOverTheLimitsBeforeItHasAllCome) {
    const Http1Limits limits{.head_bytes_max = 512, .target_bytes_max = 64, .headers_max = 3};
    EXPECT_EQ(status_of("GET /" + std::string(64, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", limits), 414u);
    EXPECT_EQ(status_of("GET /" + std::string(63, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", limits), 0u);
    EXPECT_EQ(status_of("GET /" + std::string(200, 'a'), limits), 414u);
    EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(512, 'a'), limits), 431u);
    EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: a\r\nA: 1\r\nB: 2\r\n\r\n", limits), 0u);
    EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: a\r\nA: 1\r\nB: 2\r\nC: 3\r\n", limits), 431u);
}

TEST(RequestParserTest, WaitsForTheRest) {
    EXPECT_EQ(status_of(""), 1u);
    EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: a\r\n\r"), 1u);
}

}  // namespace
}  // namespace posthorn::wire
