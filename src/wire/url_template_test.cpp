#include "wire/url_template.h"

#include <map>

#include <gtest/gtest.h>

namespace posthorn::wire {
namespace {

bool is_known(std::string_view name) { return name == "issue.key" || name == "project.key" || name == "user.name"; }

CompiledTemplate compiled(std::string_view text, std::string_view base_path = "") {
    return UrlTemplate::compile(base_path, text, is_known);
}

struct Made {
    std::string target;
    Rendered rendered;
};

// Renders with the values given by name.
Made render(const UrlTemplate& url, const std::map<std::string, std::string>& values = {}) {
    std::vector<std::optional<std::string_view>> in_order;
    for (const TemplateVariable& variable : url.variables()) {
        const auto found = values.find(variable.name);
        in_order.push_back(found == values.end() ? std::nullopt : std::optional<std::string_view>(found->second));
    }
    Made made;
    made.rendered = url.render(in_order, made.target);
    return made;
}

std::string target(std::string_view text, const std::map<std::string, std::string>& values = {},
                   std::string_view base_path = "") {
    return render(compiled(text, base_path).url, values).target;
}

std::vector<std::string> faults(std::string_view text) {
    std::vector<std::string> codes;
    for (const TemplateNote& fault : compiled(text).faults) codes.push_back(fault.code);
    return codes;
}

using Codes = std::vector<std::string>;

TEST(UrlTemplate, ReplacesBothFormsOfVariables) {
    EXPECT_EQ(target("/hook/${issue.key}?p={project.key}", {{"issue.key", "ABC-1"}, {"project.key", "ABC"}}),
              "/hook/ABC-1?p=ABC");
    EXPECT_EQ(target("${issue.key}{issue.key}", {{"issue.key", "A"}}), "/AA");
}

TEST(UrlTemplate, EncodesValuesToTheLastByte) {
    EXPECT_EQ(target("/?n=${user.name}", {{"user.name", "a b/c?d&e=f#g%+~\xC3\xA9"}}),
              "/?n=a%20b%2Fc%3Fd%26e%3Df%23g%25%2B~%C3%A9");
}

TEST(UrlTemplate, KeepsAllowedTextAndEncodesTheRest) {
    EXPECT_EQ(target("/a-b._~!$&'()*+,;=:@/%2f%2F?x=/?:@"), "/a-b._~!$&'()*+,;=:@/%2f%2F?x=/?:@");
    EXPECT_EQ(target("/a b\"<>\\^`|[]\x7f"), "/a%20b%22%3C%3E%5C%5E%60%7C%5B%5D%7F");
    EXPECT_EQ(target("/\xC3\xA9"), "/%C3%A9");
    EXPECT_EQ(target("/100%/%4/%zz/%41%"), "/100%25/%254/%25zz/%41%25");
    EXPECT_EQ(target("/%${issue.key}", {{"issue.key", "41"}}), "/%2541");
}

TEST(UrlTemplate, EncodesUnknownPlaceholders) {
    EXPECT_EQ(target("/${x}/{y}?z=${a b}"), "/$%7Bx%7D/%7By%7D?z=$%7Ba%20b%7D");
    EXPECT_EQ(target("/${}/{}/${open/{open"), "/$%7B%7D/%7B%7D/$%7Bopen/%7Bopen");
    EXPECT_EQ(target("/${x{issue.key}}", {{"issue.key", "A"}}), "/$%7BxA%7D");
    EXPECT_EQ(target("/$issue.key"), "/$issue.key");
    EXPECT_EQ(target("/${a/b}?${c&d=e}"), "/$%7Ba/b%7D?$%7Bc&d=e%7D");
}

TEST(UrlTemplate, TakesUnknownNamesFromTheEventsContext) {
    const auto url = compiled("/${x}?y={y}").url;
    ASSERT_EQ(url.variables().size(), 2u);
    EXPECT_FALSE(url.variables()[0].is_known);
    EXPECT_EQ(render(url, {{"x", "1 2"}}).target, "/1%202?y=%7By%7D");
    EXPECT_TRUE(render(url).rendered.without_value.empty());
}

TEST(UrlTemplate, SaysWhichKnownVariablesHadNoValue) {
    const auto url = compiled("/${issue.key}/${project.key}/${issue.key}?n={user.name}").url;
    const auto made = render(url, {{"project.key", "ABC"}, {"user.name", ""}});
    EXPECT_EQ(made.target, "//ABC/?n=");
    ASSERT_EQ(made.rendered.without_value.size(), 1u);
    EXPECT_EQ(made.rendered.without_value[0], "issue.key");
}

TEST(UrlTemplate, ListsEachVariableOnce) {
    const auto url = compiled("/${issue.key}?a={project.key}&b={issue.key}").url;
    ASSERT_EQ(url.variables().size(), 2u);
    EXPECT_EQ(url.variables()[0].name, "issue.key");
    EXPECT_EQ(url.variables()[1].name, "project.key");
    EXPECT_TRUE(url.variables()[1].is_known);
}

TEST(UrlTemplate, JoinsWithExactlyOneSlash) {
    for (const std::string_view base : {"/app", "/app/", "/app//"}) {
        for (const std::string_view text : {"hook", "/hook", "//hook", "///hook"}) {
            EXPECT_EQ(target(text, {}, base), "/app/hook") << base << " " << text;
        }
    }
    EXPECT_EQ(target("", {}, "/app"), "/app/");
    EXPECT_EQ(target("?x=1", {}, "/app"), "/app/?x=1");
    EXPECT_EQ(target("hook", {}, "/"), "/hook");
    EXPECT_EQ(compiled("hook", "/app/").url.base_path_bytes(), 4u);
    EXPECT_EQ(compiled("hook", "/").url.base_path_bytes(), 0u);
}

TEST(UrlTemplate, CanNeverReachIntoTheHost) {
    EXPECT_EQ(target("@evil.example/x"), "/@evil.example/x");
    EXPECT_EQ(target(":8080/x"), "/:8080/x");
    EXPECT_EQ(target("//evil.example/x"), "/evil.example/x");
    EXPECT_EQ(target("\\\\evil.example"), "/%5C%5Cevil.example");
    EXPECT_EQ(target(".evil.example"), "/.evil.example");
    EXPECT_EQ(target("${user.name}", {{"user.name", "/evil.example"}}), "/%2Fevil.example");
    EXPECT_TRUE(faults(":8080/x").empty());
}

TEST(UrlTemplate, DropsTheFragment) {
    EXPECT_EQ(target("/hook?x=1#part${issue.key}"), "/hook?x=1");
    EXPECT_EQ(target("/hook#?x=1"), "/hook");
    EXPECT_TRUE(compiled("/hook#${issue.key}").url.variables().empty());
}

TEST(UrlTemplate, RefusesAbsoluteUrls) {
    EXPECT_EQ(faults("https://evil.example/x"), Codes{"absolute_url"});
    EXPECT_EQ(faults("HTTP:x"), Codes{"absolute_url"});
    EXPECT_EQ(faults("localhost:3000/x"), Codes{"absolute_url"});
    EXPECT_EQ(faults("/https://fine.example"), Codes{});
    EXPECT_EQ(faults("${user.name}:x"), Codes{});
    EXPECT_EQ(faults("hook/a:b"), Codes{});
}

TEST(UrlTemplate, RefusesDotSegmentsInItsOwnText) {
    for (const std::string_view text : {"/a/../b", "..", "./x", "/a/.", "/%2e%2E/x", "/.%2e", "/${issue.key}/..?x"}) {
        EXPECT_EQ(faults(text), Codes{"dot_segment"}) << text;
    }
    for (const std::string_view text : {"/a..b", "/...", "/.well-known", "/x?y=/../z", "/.${issue.key}", "/x#/.."}) {
        EXPECT_EQ(faults(text), Codes{}) << text;
    }
}

TEST(UrlTemplate, RefusesParametersWithoutAName) {
    EXPECT_EQ(faults("/x?=1"), Codes{"empty_query_name"});
    EXPECT_EQ(faults("/x?a=1&=2&=3"), Codes{"empty_query_name"});
    EXPECT_EQ(faults("/x?a&&b=&"), Codes{});
    EXPECT_EQ(faults("/x?${issue.key}=1"), Codes{});
}

TEST(UrlTemplate, RefusesEscapesThatAreNotUtf8) {
    EXPECT_EQ(faults("/x?a=%FF"), Codes{"not_utf8"});
    EXPECT_EQ(faults("/%C3"), Codes{"not_utf8"});
    EXPECT_EQ(faults("/%C3${issue.key}%A9"), Codes{"not_utf8"});
    EXPECT_EQ(faults("/%C3%A9?%F0%9F%98%80"), Codes{});
}

TEST(UrlTemplate, TellsAllFaultsAtOnce) {
    EXPECT_EQ(faults("http://x/../%FF?=1"), (Codes{"absolute_url", "dot_segment", "empty_query_name", "not_utf8"}));
}

TEST(UrlTemplate, WarnsOfNamesThatSortDifferently) {
    EXPECT_TRUE(compiled("/x?a.b-c_d~e=1&f").warnings.empty());
    for (const std::string_view text : {"/x?a:b=1", "/x?a%20b", "/x?\xC3\xA9=1", "/x?a[]=1", "/x?b=1&a+b=2"}) {
        const auto warnings = compiled(text).warnings;
        ASSERT_EQ(warnings.size(), 1u) << text;
        EXPECT_EQ(warnings[0].code, "ambiguous_query_name");
    }
    EXPECT_EQ(compiled("/x?p-${issue.key}=1").warnings.size(), 1u);
    EXPECT_TRUE(compiled("/x?p=${issue.key}").warnings.empty());
}

TEST(UrlTemplate, FindsSegmentsThatValuesTurnIntoDots) {
    const auto is_unsafe = [](std::string_view text, const std::string& value) {
        return render(compiled(text, "/app").url, {{"issue.key", value}, {"x", value}}).rendered.is_unsafe;
    };
    EXPECT_TRUE(is_unsafe("/${issue.key}", ".."));
    EXPECT_TRUE(is_unsafe("/a/${issue.key}/b", "."));
    EXPECT_TRUE(is_unsafe("/a/.${issue.key}/b", "."));
    EXPECT_TRUE(is_unsafe("/a/%2e${issue.key}", ""));
    EXPECT_TRUE(is_unsafe("/a/${x}", ".."));
    EXPECT_FALSE(is_unsafe("/a/${issue.key}", "%2e"));
    EXPECT_FALSE(is_unsafe("/a/${issue.key}", "..."));
    EXPECT_FALSE(is_unsafe("/a/${issue.key}", "../x"));
    EXPECT_FALSE(is_unsafe("/a?x=/${issue.key}", ".."));
}

TEST(UrlTemplate, OfALifecycleCallHasNoVariables) {
    const auto lifecycle = UrlTemplate::compile("/app", "/in/${issue.key}", is_known, TemplateKind::lifecycle);
    EXPECT_TRUE(lifecycle.url.variables().empty());
    EXPECT_EQ(render(lifecycle.url).target, "/app/in/$%7Bissue.key%7D");
}

TEST(UrlTemplate, AppendsBehindWhatIsThere) {
    std::string text = "POST ";
    const std::array<std::optional<std::string_view>, 1> values = {".."};
    EXPECT_TRUE(compiled("/${issue.key}?x", "/b").url.render(values, text).is_unsafe);
    EXPECT_EQ(text, "POST /b/..?x");
}

std::string with_user(std::string target, std::optional<std::string_view> id, std::optional<std::string_view> key) {
    append_user_parameters(target, id, key);
    return target;
}

TEST(UserParameters, AreAppendedIfKnown) {
    EXPECT_EQ(with_user("/x", "ad min", "key/1"), "/x?user_id=ad%20min&user_key=key%2F1");
    EXPECT_EQ(with_user("/x?a=1", {}, "k"), "/x?a=1&user_key=k");
    EXPECT_EQ(with_user("/x?", "i", {}), "/x?user_id=i");
    EXPECT_EQ(with_user("/x?a&", "i", {}), "/x?a&user_id=i");
    EXPECT_EQ(with_user("/x", {}, {}), "/x");
}

TEST(UserParameters, NeverReplaceTheTemplatesOwn) {
    EXPECT_EQ(with_user("/x?user_id=own", "i", "k"), "/x?user_id=own&user_key=k");
    EXPECT_EQ(with_user("/x?user%5Fid&user_key=", "i", "k"), "/x?user%5Fid&user_key=");
    EXPECT_EQ(with_user("/user_id=1?my_user_id=2", "i", {}), "/user_id=1?my_user_id=2&user_id=i");
}

}  // namespace
}  // namespace posthorn::wire
