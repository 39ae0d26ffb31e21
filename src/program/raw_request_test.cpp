#include "program/raw_request.h"

#include <gtest/gtest.h>

namespace posthorn::program {
namespace {

TEST(RawRequestTest, ReadsARequestAsItWasOnTheWire) {
    const auto request =
        parse_raw_request("POST /hook?a=b HTTP/1.1\r\nHost: a\r\nAuthorization: JWT x\r\n\r\n{\"a\":1}\n");
    ASSERT_TRUE(request) << to_string(request.error());
    EXPECT_EQ(request->method, "POST");
    EXPECT_EQ(request->target, "/hook?a=b");
    EXPECT_EQ(request->headers.at(1).second, "JWT x");
    EXPECT_EQ(request->body, "{\"a\":1}\n");
}

TEST(RawRequestTest, ForgivesWhatEditorsDo) {
    const auto request = parse_raw_request("\nGET /hook HTTP/1.1\nauthorization: JWT x");
    ASSERT_TRUE(request) << to_string(request.error());
    EXPECT_EQ(request->target, "/hook");
    EXPECT_EQ(request->headers.front().second, "JWT x");
    EXPECT_EQ(request->body, "");
    EXPECT_TRUE(parse_raw_request("GET / HTTP/1.0\n\n"));
}

TEST(RawRequestTest, RefusesWhatIsNoRequest) {
    for (const auto* text : {"", "\n\n", "hello", "{\"a\":1}", "GET / HTTP/1.1\nno colon\n\n", "GET /a b HTTP/1.1\n\n"})
        EXPECT_FALSE(parse_raw_request(text)) << text;
}

}  // namespace
}  // namespace posthorn::program
