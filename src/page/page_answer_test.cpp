#include "page/page_answer.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "page/page_files.h"

namespace posthorn::page {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string header(const http::Response& response, std::string_view name) {
    for (const auto& [key, value] : response.headers)
        if (key == name) return value;
    return "";
}

http::Response answer(const PageRequest& request) {
    auto found = page_answer(request);
    EXPECT_TRUE(found) << request.path;
    return found.value_or(http::Response{});
}

const PageFile& script() {
    for (const auto& file : page_files())
        if (file.is_immutable() && file.path.ends_with(".js")) return file;
    ADD_FAILURE() << "the page has no script";
    return page_files().front();
}

TEST(PageAnswerTest, EveryAddressOfThePageIsThePage) {
    for (const auto* path : {"/", "/deliveries", "/deliveries/dlv_1", "/inspect/abc", "/system"}) {
        const auto response = answer({.path = path});
        EXPECT_EQ(response.status, 200U) << path;
        EXPECT_THAT(response.body, HasSubstr("<div id=\"page\">")) << path;
        EXPECT_EQ(header(response, "Cache-Control"), "no-cache");
    }
}

TEST(PageAnswerTest, RunsNoScriptThatIsNotItsOwn) {
    const auto policy = header(answer({.path = "/"}), "Content-Security-Policy");
    EXPECT_THAT(policy, HasSubstr("default-src 'none'"));
    EXPECT_THAT(policy, HasSubstr("script-src 'self';"));
    EXPECT_THAT(policy, HasSubstr("style-src 'self';"));
    EXPECT_THAT(policy, Not(HasSubstr("unsafe")));
    const auto html = answer({.path = "/"}).body;
    EXPECT_THAT(html, Not(HasSubstr("<script>")));
    EXPECT_THAT(html, Not(HasSubstr("<style")));
    EXPECT_THAT(html, Not(HasSubstr(" style=")));
    EXPECT_THAT(html, Not(HasSubstr("://")));
}

TEST(PageAnswerTest, SendsTheFormThatTheClientTakes) {
    const std::string path(script().path);
    EXPECT_EQ(header(answer({.path = path, .accept_encoding = "gzip, deflate, br"}), "Content-Encoding"), "br");
    EXPECT_EQ(header(answer({.path = path, .accept_encoding = "gzip;q=1.0, br;q=0"}), "Content-Encoding"), "gzip");
    EXPECT_EQ(header(answer({.path = path, .accept_encoding = "x-gzip, brotli"}), "Content-Encoding"), "");
    EXPECT_EQ(answer({.path = path}).body, script().plain);
    EXPECT_LT(answer({.path = path, .accept_encoding = "br"}).body.size(), script().plain.size());
}

TEST(PageAnswerTest, AskedAgainSendsNothingButThatNothingChanged) {
    const auto first = answer({.path = "/", .accept_encoding = "gzip"});
    const auto tag = header(first, "ETag");
    const auto again = answer({.path = "/", .accept_encoding = "gzip", .if_none_match = tag});
    EXPECT_EQ(again.status, 304U);
    EXPECT_EQ(again.body, "");
    // The tag of another form is not the tag of this one.
    EXPECT_EQ(answer({.path = "/", .accept_encoding = "br", .if_none_match = tag}).status, 200U);
}

TEST(PageAnswerTest, AFileWithAHashInItsNameIsNeverAskedForAgain) {
    EXPECT_EQ(header(answer({.path = script().path}), "Cache-Control"), "public, max-age=31536000, immutable");
}

TEST(PageAnswerTest, ABrowserThatGoesAstrayIsShownThePageAndAProgramIsNot) {
    EXPECT_EQ(answer({.path = "/no-such-thing", .accept = "text/html,*/*"}).status, 404U);
    EXPECT_FALSE(page_answer({.path = "/no-such-thing", .accept = "*/*"}));
    EXPECT_FALSE(page_answer({.path = "/api/v1/no-such-thing", .accept = "text/html"}));
    EXPECT_FALSE(page_answer({.path = "/assets/../../etc/passwd"}));
}

TEST(PageAnswerTest, ThePageIsSmall) {
    std::size_t with_brotli = 0, with_gzip = 0;
    for (const auto& file : page_files()) {
        with_brotli += file.brotli.empty() ? file.plain.size() : file.brotli.size();
        with_gzip += file.gzip.empty() ? file.plain.size() : file.gzip.size();
    }
    EXPECT_LT(with_brotli, 250U * 1024);
    EXPECT_LT(with_gzip, 250U * 1024);
}

}  // namespace
}  // namespace posthorn::page
