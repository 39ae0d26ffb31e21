#include "wire/qsh.h"

#include <algorithm>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace posthorn::wire {
namespace {

std::string query(std::string_view text) {
    const std::string canonical = canonical_request("GET", "/", text);
    EXPECT_TRUE(canonical.starts_with("GET&/&"));
    return canonical.substr(6);
}

std::string path(std::string_view text) {
    const std::string canonical = canonical_request("GET", text, "");
    return canonical.substr(4, canonical.size() - 5);
}

TEST(CanonicalRequest, AgreesWithTheDocumentedExample) {
    EXPECT_EQ(canonical_request("get", "/path/to/service",
                                "zee_last=param&repeated=parameter 1&first=param&repeated=parameter 2"),
              "GET&/path/to/service&first=param&repeated=parameter%201,parameter%202&zee_last=param");
}

TEST(CanonicalRequest, KeepsThePathAsOnTheWire) {
    EXPECT_EQ(path(""), "/");
    EXPECT_EQ(path("/"), "/");
    EXPECT_EQ(path("/a/"), "/a");
    EXPECT_EQ(path("/a//"), "/a/");
    EXPECT_EQ(path("//"), "/");
    EXPECT_EQ(path("/a&b&c"), "/a%26b%26c");
    EXPECT_EQ(path("/a%2fb%20+"), "/a%2fb%20+");
    EXPECT_EQ(path("a"), "/a");
}

TEST(CanonicalRequest, EncodesTheQueryAnew) {
    EXPECT_EQ(query("a=b+c&d=%2a*~"), "a=b%20c&d=%2A%2A~");
    EXPECT_EQ(query("a=%c3%a9&b=\xC3\xA9"), "a=%C3%A9&b=%C3%A9");
    EXPECT_EQ(query("a=1,2&b=!'()"), "a=1%2C2&b=%21%27%28%29");
    EXPECT_EQ(query("a=b=c"), "a=b%3Dc");
    EXPECT_EQ(query("a=100%"), "a=100%25");
}

TEST(CanonicalRequest, TreatsAMissingValueAsEmpty) {
    EXPECT_EQ(query("b&a="), "a=&b=");
    EXPECT_EQ(query("a&a=1&a"), "a=,,1");
    EXPECT_EQ(query("a&&b&"), "a=&b=");
    EXPECT_EQ(query("+"), "%20=");
    EXPECT_EQ(query(""), "");
    EXPECT_EQ(query("&"), "");
}

TEST(CanonicalRequest, LeavesTheTokenOut) {
    EXPECT_EQ(query("jwt=x.y.z&a=1"), "a=1");
    EXPECT_EQ(query("a=1&jwt=x.y.z&z=%20"), "a=1&z=%20");
    EXPECT_EQ(query("j%77t=x&b=1"), "b=1");
    EXPECT_EQ(query("jwt"), "");
    EXPECT_EQ(query("JWT=1"), "JWT=1");
}

TEST(CanonicalRequest, SortsValuesByTheirDecodedForm) {
    EXPECT_EQ(query("a=:1&a=.1"), "a=.1,%3A1");
    EXPECT_EQ(query("a=b&a=%2F&a=B&a=-"), "a=-,%2F,B,b");
    EXPECT_EQ(query("a=10&a=9&a=1"), "a=1,10,9");
}

TEST(CanonicalRequest, SortsValuesByUtf16CodeUnits) {
    // U+1F600 is D83D DE00 in UTF-16, before U+FF5E and behind U+D7FF; by bytes it would come last.
    EXPECT_EQ(query("a=\xEF\xBD\x9E&a=\xF0\x9F\x98\x80&a=\xED\x9F\xBF"), "a=%ED%9F%BF,%F0%9F%98%80,%EF%BD%9E");
    EXPECT_EQ(query("a=x\xF0\x9F\x98\x80&a=x"), "a=x,x%F0%9F%98%80");
}

TEST(CanonicalRequest, SortsNamesByTheirEncodedForm) {
    EXPECT_EQ(query("b=2&a=1&B=3&a.b=4&a-b=5"), "B=3&a=1&a-b=5&a.b=4&b=2");
    EXPECT_EQ(query("a.=1&a%3A=2"), "a%3A=2&a.=1");  // Decoded, `.` would come before `:`.
}

TEST(CanonicalRequest, JoinsARepeatedNameHoweverItIsWritten) {
    EXPECT_EQ(query("n=2&%6E=1"), "n=1,2");
    EXPECT_EQ(query("a=1&ab=2&a=3"), "a=1,3&ab=2");
}

TEST(CanonicalRequest, TakesMoreParametersThanTheFastPathHolds) {
    std::string text, expected;
    for (int i = 10; i < 60; ++i) {
        text.insert(0, "&p" + std::to_string(i) + "=v");
        expected += "&p" + std::to_string(i) + "=v";
    }
    EXPECT_EQ(query(text), expected.substr(1));
}

// Made with sha256sum of the canonical request.
TEST(QueryStringHash, IsTheSha256InHex) {
    const auto hash = query_string_hash("GET", "/path/to/service",
                                        "zee_last=param&repeated=parameter 1&first=param&repeated=parameter 2");
    EXPECT_EQ(text_of(hash), "e52bb281606c3bd9ca16cfe96fe2df78f5d9ffa126f06befd750dfa10fa1a897");
    EXPECT_EQ(text_of(hash_of_canonical_request("POST&/hook&")),
              "7c68a95ae565874370690548bfbd92b2c63843300c89f8a8a6e959f64c9e5f95");
    EXPECT_EQ(query_string_hash("post", "/hook/", ""), hash_of_canonical_request("POST&/hook&"));
}

TEST(QueryStringHash, LeavesOutThePathOfBaseUrl) {
    EXPECT_EQ(query_string_hash_of_target("POST", "/app/hook?a=1", 4), query_string_hash("POST", "/hook", "a=1"));
    EXPECT_EQ(query_string_hash_of_target("POST", "/app/", 4), query_string_hash("POST", "/", ""));
    EXPECT_EQ(query_string_hash_of_target("POST", "/app", 4), query_string_hash("POST", "/", ""));
    EXPECT_EQ(query_string_hash_of_target("POST", "/?", 0), query_string_hash("POST", "", ""));
}

TEST(WithoutBasePath, CutsAtASlashOnly) {
    EXPECT_EQ(without_base_path("/app/hook", "/app/"), "/hook");
    EXPECT_EQ(without_base_path("/app", "/app"), "");
    EXPECT_EQ(without_base_path("/apple", "/app"), "/apple");
    EXPECT_EQ(without_base_path("/hook", ""), "/hook");
    EXPECT_EQ(without_base_path("/hook", "/"), "/hook");
    EXPECT_EQ(without_base_path("/other", "/app"), "/other");
}

TEST(FirstDifference, NamesThePart) {
    EXPECT_EQ(first_difference("GET&/a&x=1", "GET&/a&x=1"), CanonicalPart::none);
    EXPECT_EQ(first_difference("GET&/a&x=1", "POST&/a&x=1"), CanonicalPart::method);
    EXPECT_EQ(first_difference("GET&/a&x=1", "GET&/b&x=1"), CanonicalPart::path);
    EXPECT_EQ(first_difference("GET&/a&x=1&y=2", "GET&/a&x=1&y=3"), CanonicalPart::query);
    EXPECT_EQ(first_difference("GET&/a&", "GET&/a"), CanonicalPart::none);
}

// Escapes keep a query off the fast path, so this compares it with the general one.
RC_GTEST_PROP(CanonicalRequestProperties, EscapingAQueryDoesNotChangeIt, ()) {
    const auto text = *rc::gen::container<std::string>(rc::gen::elementOf(std::string("ab-.=&jwt")));
    std::string escaped;
    for (const char c : text) {
        if (c == '&' || c == '=') escaped.push_back(c);
        else escaped += fmt::format("%{:02x}", static_cast<unsigned char>(c));
    }
    RC_ASSERT(canonical_request("GET", "/", text) == canonical_request("GET", "/", escaped));
}

RC_GTEST_PROP(CanonicalRequestProperties, TheOrderOfParametersDoesNotMatter, ()) {
    auto parameters = *rc::gen::container<std::vector<std::string>>(
        rc::gen::container<std::string>(rc::gen::elementOf(std::string("ab=%+:\xEF\xBD\x9E"))));
    const auto join = [&parameters] {
        std::string text;
        for (const std::string& parameter : parameters) text += "&" + parameter;
        return text;
    };
    const auto before = canonical_request("GET", "/", join());
    std::reverse(parameters.begin(), parameters.end());
    RC_ASSERT(canonical_request("GET", "/", join()) == before);
}

}  // namespace
}  // namespace posthorn::wire
