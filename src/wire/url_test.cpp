#include "wire/url.h"

#include <gtest/gtest.h>

namespace posthorn::wire {
namespace {

std::string part_at_fault(std::string_view text) {
    const auto url = parse_url(text);
    return url ? "" : url.error().where;
}

std::string host_of(std::string_view text) {
    const auto url = parse_url(text);
    return url ? url->host : "refused: " + to_string(url.error());
}

TEST(ParseUrl, TakesAUrlApart) {
    const auto url = parse_url("HTTPS://user:pw@Add-On.Example:8443/a%20b/c?x=1&y=?/#frag?");
    ASSERT_TRUE(url) << to_string(url.error());
    EXPECT_EQ(url->scheme, Scheme::https);
    EXPECT_EQ(url->host, "add-on.example");
    EXPECT_EQ(url->port, 8443);
    EXPECT_EQ(url->path, "/a%20b/c");
    EXPECT_EQ(url->query, "x=1&y=?/");
    EXPECT_EQ(url->fragment, "frag?");
    EXPECT_EQ(url->user_info, "user:pw");
    EXPECT_TRUE(url->has_user_info && url->has_query && url->has_fragment);
    EXPECT_EQ(url->origin(), "https://add-on.example:8443");
    EXPECT_EQ(url->authority(), "add-on.example:8443");
    EXPECT_EQ(url->target(), "/a%20b/c?x=1&y=?/");
}

TEST(ParseUrl, FillsInWhatIsLeftOut) {
    const auto url = parse_url("http://a.example");
    ASSERT_TRUE(url);
    EXPECT_EQ(url->port, 80);
    EXPECT_EQ(url->path, "");
    EXPECT_EQ(url->target(), "/");
    EXPECT_FALSE(url->has_query || url->has_fragment || url->has_user_info);
    EXPECT_EQ(parse_url("https://a.example:443/")->authority(), "a.example");
    EXPECT_EQ(parse_url("https://a.example:80/")->authority(), "a.example:80");
    EXPECT_EQ(parse_url("http://a.example?")->target(), "/?");
}

TEST(ParseUrl, ReadsAddresses) {
    EXPECT_EQ(host_of("http://127.0.0.1:1/"), "127.0.0.1");
    EXPECT_TRUE(parse_url("http://127.0.0.1/")->host_is_ipv4);
    EXPECT_EQ(host_of("http://[::1]:8080/"), "::1");
    EXPECT_EQ(host_of("http://[2001:DB8:0:0:0:0:0:1]/"), "2001:db8::1");
    EXPECT_EQ(host_of("http://[::ffff:7f00:1]/"), "::ffff:127.0.0.1");
    EXPECT_EQ(parse_url("http://[::1]:8080/")->origin(), "http://[::1]:8080");
    EXPECT_TRUE(parse_url("http://[::1]")->host_is_ipv6);
    EXPECT_FALSE(parse_url("http://a1.example")->host_is_ipv4);
}

TEST(ParseUrl, RefusesHostsThatProgramsReadDifferently) {
    for (const std::string_view text : {"http://0x7f.1/",
                                        "http://2130706433/",
                                        "http://0177.0.0.1/",
                                        "http://127.1/",
                                        "http://1.2.3.4.5/",
                                        "http://127.0.0.0x1/",
                                        "http://0x7f000001/",
                                        "http://0X7F.0.0.0X1/",
                                        "http://a.example.0x/",
                                        "http://256.1.1.1/",
                                        "http://a.123/",
                                        "http://127.0.0.1./",
                                        "http://a.example./",
                                        "http://.a.example/",
                                        "http://a..example/",
                                        "http://\xEF\xBC\x91\xEF\xBC\x92\xEF\xBC\x97.0.0.1/",
                                        "http://127\xE3\x80\x82"
                                        "0.0.1/",
                                        "http://%31%32%37.0.0.1/",
                                        "http://a%2eexample/",
                                        "http://a\\b.example/",
                                        "http://a b/",
                                        "http://a\tb/",
                                        "http://[::1%25eth0]/",
                                        "http://[::1",
                                        "http://[127.0.0.1]/",
                                        "http://[]/",
                                        "http://[::1]x/",
                                        "http://::1/",
                                        "http:///x",
                                        "http://",
                                        "http://:80/",
                                        "http://user@/",
                                        "http://a.example,b/",
                                        "http://a!b/",
                                        "http://a\"b/"}) {
        EXPECT_FALSE(parse_url(text)) << text;
    }
    EXPECT_EQ(part_at_fault("http://2130706433/"), "host");
    EXPECT_FALSE(parse_url("http://" + std::string(64, 'a') + ".example/"));
    EXPECT_TRUE(parse_url("http://" + std::string(63, 'a') + ".example/"));
    std::string name = "a";
    while (name.size() < 254) name += ".a";
    EXPECT_FALSE(parse_url("http://" + name));
}

TEST(ParseUrl, RefusesTricksWithTheAuthority) {
    EXPECT_EQ(host_of("http://good.example@evil.example/"), "evil.example");
    EXPECT_EQ(part_at_fault("http://a@b@c.example/"), "user info");
    EXPECT_EQ(part_at_fault("http://good.example\\@evil.example/"), "user info");
    EXPECT_EQ(host_of("http://evil.example#@good.example/"), "evil.example");
    EXPECT_EQ(host_of("http://evil.example?@good.example/"), "evil.example");
    EXPECT_EQ(part_at_fault("http://a.example\n.evil.example/"), "host");
    EXPECT_EQ(part_at_fault(std::string_view("http://a.example\0.evil/", 23)), "host");
}

TEST(ParseUrl, NamesThePartThatIsWrong) {
    EXPECT_EQ(part_at_fault(""), "scheme");
    EXPECT_EQ(part_at_fault("ftp://a.example/"), "scheme");
    EXPECT_EQ(part_at_fault("//a.example/"), "scheme");
    EXPECT_EQ(part_at_fault("http:/a.example/"), "scheme");
    EXPECT_EQ(part_at_fault(" http://a.example/"), "scheme");
    for (const std::string_view port : {"", "0", "080", "65536", "123456", "+80", "8o"}) {
        EXPECT_EQ(part_at_fault("http://a.example:" + std::string(port) + "/"), "port") << port;
    }
    EXPECT_EQ(part_at_fault("http://a.example/a b"), "path");
    EXPECT_EQ(part_at_fault("http://a.example/%4"), "path");
    EXPECT_EQ(part_at_fault("http://a.example/\xC3\xA9"), "path");
    EXPECT_EQ(part_at_fault("http://a.example/\r\nX: y"), "path");
    EXPECT_EQ(part_at_fault("http://a.example/?[x]"), "query");
    EXPECT_EQ(part_at_fault("http://a.example/#a b"), "fragment");
}

TEST(ParseUrl, DoesNotTellThePasswordInItsMessages) {
    const auto url = parse_url("http://user:secret@x@a.example/");
    ASSERT_FALSE(url);
    EXPECT_EQ(to_string(url.error()).find("secret"), std::string::npos);
}

TEST(BaseUrl, IsFineWithOrWithoutAPath) {
    EXPECT_TRUE(base_url_faults("https://a.example", PlainHttp::refused).empty());
    EXPECT_TRUE(base_url_faults("https://a.example:8443/app/v1.0/..x/", PlainHttp::refused).empty());
    EXPECT_TRUE(base_url_faults("http://localhost:3000", PlainHttp::allowed).empty());
}

TEST(BaseUrl, TellsAllThatIsWrongAtOnce) {
    EXPECT_EQ(base_url_faults("http://u@a.example/x/%2E./y?q#f", PlainHttp::refused).size(), 5u);
    EXPECT_EQ(base_url_faults("http://a.example", PlainHttp::refused).size(), 1u);
    EXPECT_EQ(base_url_faults("/relative", PlainHttp::allowed).size(), 1u);
    EXPECT_EQ(base_url_faults("https://a.example/?", PlainHttp::refused).size(), 1u);
    EXPECT_EQ(base_url_faults("https://a.example/..", PlainHttp::refused).size(), 1u);
}

TEST(DotSegment, CountsEscapedDots) {
    for (const std::string_view dots : {".", "..", "%2e", "%2E", ".%2e", "%2E.", "%2e%2E"}) {
        EXPECT_TRUE(is_dot_segment(dots)) << dots;
    }
    for (const std::string_view name : {"", "...", "a", ".a", "%2", "%2f", "%252e", "..."}) {
        EXPECT_FALSE(is_dot_segment(name)) << name;
    }
    EXPECT_TRUE(has_dot_segment("/a/../b"));
    EXPECT_TRUE(has_dot_segment("/a/."));
    EXPECT_FALSE(has_dot_segment("/a./b..c/"));
}

}  // namespace
}  // namespace posthorn::wire
