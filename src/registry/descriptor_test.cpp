#include "registry/descriptor.h"

#include <algorithm>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace posthorn::registry {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const catalogue::Catalogue& shared_catalogue() {
    static const catalogue::Catalogue kCatalogue;
    return kCatalogue;
}

constexpr std::string_view kGoodStart =
    R"("key":"a.b-c_1","baseUrl":"https://addon.example/app","lifecycle":{"installed":"/installed"},"scopes":["READ"])";

std::string with(std::string_view more) { return fmt::format("{{{},{}}}", kGoodStart, more); }
std::string with_webhook(std::string_view webhook) {
    return with(fmt::format(R"("modules":{{"webhooks":[{}]}})", webhook));
}

struct DescriptorTest : testing::Test {
    DescriptorReport parse(std::string_view text, model::Product product = model::Product::jira) {
        return parse_descriptor(text, product, shared_catalogue(), custom_types, rules);
    }
    // The one descriptor of a text without faults.
    Descriptor good(std::string_view text, model::Product product = model::Product::jira) {
        auto report = parse(text, product);
        for (const auto& fault : report.faults) ADD_FAILURE() << fault.pointer << ": " << fault.message;
        return report.descriptor.value_or(Descriptor{});
    }
    void expect_fault(std::string_view text, std::string_view pointer, std::string_view words) {
        const auto report = parse(text);
        EXPECT_FALSE(report.descriptor) << text;
        expect_finding(report.faults, pointer, words, text);
    }
    void expect_warning(std::string_view text, std::string_view pointer, std::string_view words,
                        model::Product product = model::Product::jira) {
        const auto report = parse(text, product);
        EXPECT_TRUE(report.descriptor) << text << testing::PrintToString(report.faults.size());
        expect_finding(report.warnings, pointer, words, text);
    }
    static void expect_finding(const Findings& findings, std::string_view pointer, std::string_view words,
                               std::string_view text) {
        const auto is_it = [&](const Finding& finding) {
            return finding.pointer == pointer && finding.message.find(words) != std::string::npos;
        };
        EXPECT_TRUE(std::ranges::any_of(findings, is_it))
            << text << "\nhas no finding at " << pointer << " with " << words;
        for (const auto& finding : findings)
            if (!std::ranges::any_of(findings, is_it)) ADD_FAILURE() << finding.pointer << ": " << finding.message;
    }

    TenantCustomTypes custom_types;
    DescriptorRules rules;
};

TEST_F(DescriptorTest, ReadsAllThatMatters) {
    const auto descriptor = good(R"({
        "key": "com.example.addon", "name": "Example", "description": "d", "version": "1.2", "apiVersion": 7,
        "baseUrl": "https://Addon.example/app//", "vendor": {"name": "V", "url": "https://v.example"},
        "links": {"self": "https://addon.example/app/atlassian-connect.json"}, "enableLicensing": true,
        "authentication": {"type": "jwt"}, "scopes": ["read", "act_as_user"],
        "lifecycle": {"installed": "/installed", "uninstalled": "/gone", "enabled": "on", "disabled": "/off"},
        "apiMigrations": {"signed-install": true, "gdpr": true, "context-qsh": false},
        "modules": {"generalPages": [{"key": "p"}], "webhooks": [
            {"event": "jira:issue_created", "url": "/hook?key=${issue.key}", "key": "w", "filter": "project = A",
             "excludeBody": true, "propertyKeys": ["a", "b"], "params": {"x": "y"}}]}})");

    EXPECT_EQ(descriptor.key, "com.example.addon");
    EXPECT_EQ(descriptor.name, "Example");
    EXPECT_EQ(descriptor.version, "1.2");
    EXPECT_EQ(descriptor.api_version, 7);
    EXPECT_EQ(descriptor.base_url, "https://Addon.example/app");
    EXPECT_TRUE(descriptor.enable_licensing);
    EXPECT_EQ(descriptor.authentication, Authentication::jwt);
    EXPECT_THAT(descriptor.scopes.names(), ElementsAre("READ", "ACT_AS_USER"));
    EXPECT_EQ(descriptor.lifecycle, (LifecyclePaths{"/installed", "/gone", "on", "/off"}));
    EXPECT_EQ(descriptor.migrations, (ApiMigrations{.signed_install = true, .gdpr = true, .context_qsh = false}));
    ASSERT_EQ(descriptor.webhooks.size(), 1u);
    EXPECT_EQ(descriptor.webhooks[0], (WebhookDeclaration{.event = "jira:issue_created",
                                                          .url = "/hook?key=${issue.key}",
                                                          .key = "w",
                                                          .filter = "project = A",
                                                          .exclude_body = true,
                                                          .property_keys = {"a", "b"},
                                                          .params = {{"x", "y"}}}));
}

TEST_F(DescriptorTest, KeepsTheTextAsItCameButForAByteOrderMark) {
    const auto text = with(R"("modules":{ "dialogs" : 1e5 })");
    EXPECT_EQ(good("\xEF\xBB\xBF" + text).text, text);
}

TEST_F(DescriptorTest, WhatIsNoObjectIsOneFault) {
    for (const std::string_view text : {"[]", "null", "\"x\"", "5"}) {
        const auto report = parse(text);
        ASSERT_EQ(report.faults.size(), 1u);
        EXPECT_EQ(report.faults[0].pointer, "");
        EXPECT_THAT(report.faults[0].message, HasSubstr("object"));
    }
}

TEST_F(DescriptorTest, BrokenJsonIsOneFaultWithItsPlace) {
    const std::string_view text = "{\n  \"key\": \"a\",\n  \"name\" \"b\"\n}";
    const auto report = parse(text);
    ASSERT_EQ(report.faults.size(), 1u);
    ASSERT_TRUE(report.faults[0].place);
    EXPECT_EQ(report.faults[0].place->line, 3u);
    EXPECT_EQ(place_in(text, report.faults[0]), *report.faults[0].place);
    EXPECT_EQ(parse("").faults.size(), 1u);
}

TEST_F(DescriptorTest, AFindingsPlaceIsThatOfItsValueOrTheNearestParent) {
    const std::string_view text = "\xEF\xBB\xBF{\n  \"key\": 5,\n  \"lifecycle\": {}\n}";
    EXPECT_EQ(place_in(text, {.pointer = "/key", .message = ""}), (wire::Place{2, 10}));
    EXPECT_EQ(place_in(text, {.pointer = "/lifecycle/installed", .message = ""}), (wire::Place{3, 16}));
    EXPECT_EQ(place_in(text, {.pointer = "/baseUrl", .message = ""}), (wire::Place{1, 1}));
}

TEST_F(DescriptorTest, OneMiBIsAllowedAndNotMore) {
    auto text = std::string("{") + std::string(kGoodStart);
    text.append(kDescriptorBytesMax - text.size() - 1, ' ');
    text += '}';
    ASSERT_EQ(text.size(), kDescriptorBytesMax);
    good(text);
    expect_fault(text + " ", "", "1 MiB");
}

TEST_F(DescriptorTest, ReportsAllFaultsAtOnce) {
    const auto report = parse(R"({"key":"a b","baseUrl":"ftp://x","authentication":{"type":"oauth"},
        "lifecycle":{"enabled":7},"apiVersion":"1","modules":{"webhooks":[{"event":""},{"url":"https://x/y"},3]}})");
    std::vector<std::string> pointers;
    for (const auto& fault : report.faults) pointers.push_back(fault.pointer);
    EXPECT_THAT(pointers,
                ElementsAre("/key", "/baseUrl", "/authentication/type", "/lifecycle/enabled", "/lifecycle/installed",
                            "/apiVersion", "/modules/webhooks/0/event", "/modules/webhooks/0/url",
                            "/modules/webhooks/1/event", "/modules/webhooks/1/url", "/modules/webhooks/2", "/scopes"));
}

TEST_F(DescriptorTest, AKeyHasOneTo80OfItsCharacters) {
    const auto text = [](std::string_view key) {
        return fmt::format(R"({{"key":{},"baseUrl":"https://a.example","authentication":{{"type":"none"}}}})", key);
    };
    EXPECT_EQ(good(text('"' + std::string(80, 'k') + '"')).key.size(), 80u);
    expect_fault(text('"' + std::string(81, 'k') + '"'), "/key", "81 bytes");
    expect_fault(text("\"\""), "/key", "1 to 80");
    expect_fault(text("\"a/b\""), "/key", "found the string \"a/b\"");
    expect_fault(text("\"\\u00e4\""), "/key", "allowed is");
    expect_fault(text("7"), "/key", "found the number 7");
    expect_fault(R"({"baseUrl":"https://a.example","authentication":{"type":"none"}})", "/key", "missing");
    expect_fault(text("null"), "/key", "missing");
}

TEST_F(DescriptorTest, ABaseUrlIsAbsoluteHttpsAndNothingMore) {
    const auto text = [](std::string_view url) {
        return fmt::format(R"({{"key":"k","baseUrl":{},"authentication":{{"type":"none"}}}})", url);
    };
    EXPECT_EQ(good(text("\"https://a.example:8443/p/\"")).base_url, "https://a.example:8443/p");
    expect_fault(text("\"http://a.example\""), "/baseUrl", "https");
    expect_fault(text("\"/relative\""), "/baseUrl", "http");
    expect_fault(text("\"ftp://a.example\""), "/baseUrl", "http");
    expect_fault(text("\"https://a.example?x\""), "/baseUrl", "query");
    expect_fault(text("\"https://a.example#x\""), "/baseUrl", "fragment");
    expect_fault(text("\"https://a.example/../x\""), "/baseUrl", "..");
    expect_fault(text("\"https://a.example/%2e/x\""), "/baseUrl", "segment");
    expect_fault(text("\"\""), "/baseUrl", "empty");
    expect_fault(text("[]"), "/baseUrl", "found a list");
    expect_fault(R"({"key":"k","authentication":{"type":"none"}})", "/baseUrl", "missing");

    const auto report = parse(text("\"https://u:hunter2@a.example\""));
    expect_finding(report.faults, "/baseUrl", "user info", "user info");
    for (const auto& fault : report.faults) EXPECT_THAT(fault.message, testing::Not(HasSubstr("hunter2")));

    rules.plain_http = wire::PlainHttp::allowed;
    EXPECT_EQ(good(text("\"http://localhost:3000\"")).base_url, "http://localhost:3000");
}

TEST_F(DescriptorTest, AuthenticationIsJwtOrNone) {
    const auto text = [](std::string_view authentication) {
        return fmt::format(R"({{"key":"k","baseUrl":"https://a.example","lifecycle":{{"installed":"/i"}}{}}})",
                           authentication);
    };
    EXPECT_EQ(good(text("")).authentication, Authentication::jwt);
    EXPECT_EQ(good(text(R"(,"authentication":{"type":"jwt"})")).authentication, Authentication::jwt);
    EXPECT_EQ(good(text(R"(,"authentication":{"type":"none"})")).authentication, Authentication::none);
    expect_fault(text(R"(,"authentication":{"type":"oauth"})"), "/authentication/type", "\"jwt\" or \"none\"");
    expect_fault(text(R"(,"authentication":{"type":"JWT"})"), "/authentication/type", "did you mean jwt");
    expect_fault(text(R"(,"authentication":{"type":1})"), "/authentication/type", "found the number 1");
    expect_fault(text(R"(,"authentication":"jwt")"), "/authentication", "{\"type\":\"jwt\"}");
}

TEST_F(DescriptorTest, JwtNeedsTheInstalledCallAndNoneDoesNot) {
    expect_fault(R"({"key":"k","baseUrl":"https://a.example"})", "/lifecycle/installed", "required");
    expect_fault(R"({"key":"k","baseUrl":"https://a.example","lifecycle":{"enabled":"/e"}})", "/lifecycle/installed",
                 "shared secret");
    good(R"({"key":"k","baseUrl":"https://a.example","authentication":{"type":"none"}})");
}

TEST_F(DescriptorTest, LifecyclePathsFollowTheRulesOfUrls) {
    const auto text = [](std::string_view lifecycle) {
        return fmt::format(R"({{"key":"k","baseUrl":"https://a.example","lifecycle":{}}})", lifecycle);
    };
    expect_fault(text(R"({"installed":"https://evil.example/i"})"), "/lifecycle/installed", "absolute");
    expect_fault(text(R"({"installed":"/a/../i"})"), "/lifecycle/installed", "segment");
    expect_fault(text(R"({"installed":""})"), "/lifecycle/installed", "a path below baseUrl");
    expect_fault(text(R"({"installed":true})"), "/lifecycle/installed", "found true");
    expect_fault(text("[]"), "/lifecycle", "found a list");
    EXPECT_EQ(good(text(R"({"installed":"//evil.example/i"})")).lifecycle.installed, "//evil.example/i");
    expect_warning(text(R"({"installed":"/i","uninstaled":"/u"})"), "/lifecycle/uninstaled",
                   "did you mean uninstalled");
}

TEST_F(DescriptorTest, ScopesAreReadInAnyCaseAndUnknownOnesAreAWarning) {
    const auto text = [](std::string_view scopes) {
        return fmt::format(
            R"({{"key":"k","baseUrl":"https://a.example","lifecycle":{{"installed":"/i"}},"scopes":{}}})", scopes);
    };
    EXPECT_THAT(good(text(R"(["read","WRITE","Read"])")).scopes.names(), ElementsAre("READ", "WRITE"));
    expect_warning(text(R"(["READD"])"), "/scopes/0", "did you mean READ");
    expect_warning(text(R"(["READ","FLY"])"), "/scopes/1", "known are READ");
    expect_fault(text(R"("READ")"), "/scopes", "a list of names");
    expect_fault(text(R"([5])"), "/scopes/0", "found the number 5");
}

TEST_F(DescriptorTest, EachScopeImpliesTheOnesBeforeIt) {
    const auto allows = [](std::string name, Scope scope) { return Scopes({std::move(name)}).allow(scope); };
    for (const auto name : {"read", "write", "delete", "project_admin", "space_admin", "admin"})
        EXPECT_TRUE(allows(name, Scope::read)) << name;
    EXPECT_TRUE(allows("PROJECT_ADMIN", Scope::delete_));
    EXPECT_TRUE(allows("ADMIN", Scope::space_admin));
    EXPECT_FALSE(allows("SPACE_ADMIN", Scope::project_admin));
    EXPECT_FALSE(allows("PROJECT_ADMIN", Scope::space_admin));
    EXPECT_FALSE(allows("WRITE", Scope::delete_));
    EXPECT_FALSE(allows("ACT_AS_USER", Scope::read));
    EXPECT_FALSE(allows("NONE", Scope::read));
}

TEST_F(DescriptorTest, WebhooksNeedTheScopeRead) {
    const auto text = [](std::string_view scopes) {
        return fmt::format(R"({{"key":"k","baseUrl":"https://a.example","lifecycle":{{"installed":"/i"}},{}
                           "modules":{{"webhooks":[{{"event":"jira:issue_created","url":"/h"}}]}}}})",
                           scopes);
    };
    expect_fault(text(""), "/scopes", "READ");
    expect_fault(text(R"("scopes":["ACT_AS_USER","NONE"],)"), "/scopes", "ACT_AS_USER, NONE");
    good(text(R"("scopes":["admin"],)"));
}

TEST_F(DescriptorTest, ModulesIsAnObjectAndWebhooksAListOrOne) {
    expect_fault(with(R"("modules":[])"), "/modules", "found a list");
    expect_fault(with(R"("modules":{"webhooks":"x"})"), "/modules/webhooks", "a list of webhooks");
    expect_fault(with(R"("modules":{"webhooks":[null]})"), "/modules/webhooks/0", "found null");
    EXPECT_EQ(good(with(R"("modules":{"webhooks":{"event":"jira:issue_created","url":"/h"}})")).webhooks.size(), 1u);
    EXPECT_THAT(good(with(R"("modules":{"webhooks":[]})")).webhooks, IsEmpty());
    expect_fault(with(R"("modules":{"webhooks":{"url":"/h"}})"), "/modules/webhooks/event", "missing");
    expect_warning(with(R"("modules":{"webhook":[]})"), "/modules/webhook", "did you mean webhooks");
}

TEST_F(DescriptorTest, EventAndUrlAreRequiredTexts) {
    expect_fault(with_webhook(R"({"url":"/h"})"), "/modules/webhooks/0/event", "missing");
    expect_fault(with_webhook(R"({"event":"","url":"/h"})"), "/modules/webhooks/0/event", "empty");
    expect_fault(with_webhook(R"({"event":["a"],"url":"/h"})"), "/modules/webhooks/0/event", "found a list");
    expect_fault(with_webhook(R"({"event":"jira:issue_created"})"), "/modules/webhooks/0/url", "missing");
    expect_fault(with_webhook(R"({"event":"jira:issue_created","url":""})"), "/modules/webhooks/0/url", "empty");
    expect_fault(with_webhook(R"({"event":"jira:issue_created","url":{}})"), "/modules/webhooks/0/url", "an object");
}

TEST_F(DescriptorTest, AUrlCanNotLeaveTheBaseUrl) {
    const auto text = [](std::string_view url) {
        return with_webhook(fmt::format(R"({{"event":"jira:issue_created","url":"{}"}})", url));
    };
    const auto pointer = "/modules/webhooks/0/url";
    expect_fault(text("https://evil.example/h"), pointer, "absolute");
    expect_fault(text("/a/../../h"), pointer, "segment");
    expect_fault(text("/a/%2E%2e/h"), pointer, "segment");
    expect_fault(text("/h?=x"), pointer, "empty name");
    expect_fault(text("/h?a=%ff"), pointer, "UTF-8");
    for (const auto harmless : {"@evil.example/x", ":8080/x", "//evil.example/x", "h#fragment"})
        EXPECT_EQ(good(text(harmless)).webhooks.size(), 1u) << harmless;
    expect_warning(text("/h?a[]=1"), pointer, "ambiguous_query_name");
}

TEST_F(DescriptorTest, OptionalMembersOfAWebhookHaveTheirTypes) {
    const auto text = [](std::string_view member) {
        return with_webhook(fmt::format(R"({{"event":"jira:issue_created","url":"/h",{}}})", member));
    };
    expect_fault(text(R"("key":1)"), "/modules/webhooks/0/key", "found the number 1, allowed is a string");
    expect_fault(text(R"("excludeBody":"true")"), "/modules/webhooks/0/excludeBody", "true or false");
    expect_fault(text(R"("filter":[])"), "/modules/webhooks/0/filter", "a string");
    expect_fault(text(R"("propertyKeys":"a")"), "/modules/webhooks/0/propertyKeys", "a list");
    expect_fault(text(R"("propertyKeys":["a",1])"), "/modules/webhooks/0/propertyKeys/1", "a string");
    expect_fault(text(R"("params":"jql")"), "/modules/webhooks/0/params", "an object");
    expect_fault(text(R"("params":{"a/b":1})"), "/modules/webhooks/0/params/a~1b", "a string");
    expect_fault(text(R"("params":{"excludeIssueDetails":"maybe"})"), "/modules/webhooks/0/params/excludeIssueDetails",
                 "\"true\" or \"false\"");
    expect_warning(text(R"("exclude_body":true)"), "/modules/webhooks/0/exclude_body", "did you mean excludeBody");
    EXPECT_EQ(good(text(R"("key":null,"other":5)")).webhooks.size(), 1u);
}

TEST_F(DescriptorTest, OlderParamsAreFilterAndExcludeBody) {
    const auto hook = good(with_webhook(R"({"event":"jira:issue_updated","url":"/h",
        "params":{"jql":"project = A","excludeIssueDetails":"true","mine":"1"}})"))
                          .webhooks.at(0);
    EXPECT_EQ(hook.filter, "project = A");
    EXPECT_TRUE(hook.exclude_body);
    EXPECT_THAT(hook.params, ElementsAre(std::pair<std::string, std::string>("mine", "1")));
    EXPECT_TRUE(good(with_webhook(R"({"event":"jira:issue_updated","url":"/h","params":{"excludeIssueDetails":true}})"))
                    .webhooks.at(0)
                    .exclude_body);

    const auto both = R"({"event":"jira:issue_updated","url":"/h","filter":"a = b","excludeBody":false,
                          "params":{"jql":"c = d","excludeIssueDetails":"true"}})";
    expect_warning(with_webhook(both), "/modules/webhooks/0/params/jql", "older spelling");
    expect_warning(with_webhook(both), "/modules/webhooks/0/params/excludeIssueDetails", "older spelling");
    EXPECT_EQ(good(with_webhook(both)).webhooks.at(0).filter, "a = b");
    EXPECT_FALSE(good(with_webhook(both)).webhooks.at(0).exclude_body);
}

TEST_F(DescriptorTest, OnlyIssueAndCommentEventsMayHaveAFilter) {
    good(with_webhook(R"({"event":"comment_created","url":"/h","filter":"project = A"})"));
    expect_fault(with_webhook(R"({"event":"project_created","url":"/h","filter":"project = A"})"),
                 "/modules/webhooks/0/filter", "project_created");
    expect_fault(with_webhook(R"({"event":"project_created","url":"/h","params":{"jql":"project = A"}})"),
                 "/modules/webhooks/0/params/jql", "issue and comment events");
}

TEST_F(DescriptorTest, AFilterIsCheckedByTheCompilerItIsGiven) {
    rules.compile_filter = [](std::string_view jql) -> Result<CompiledFilterPtr> {
        if (jql == "good") return CompiledFilterPtr();
        return fail(Errc::invalid, "expected an operator");
    };
    good(with_webhook(R"({"event":"jira:issue_created","url":"/h","filter":"good"})"));
    expect_fault(with_webhook(R"({"event":"jira:issue_created","url":"/h","filter":"bad"})"),
                 "/modules/webhooks/0/filter", "expected an operator");
    expect_fault(with_webhook(R"({"event":"jira:issue_created","url":"/h","params":{"jql":"bad"}})"),
                 "/modules/webhooks/0/params/jql", "no JQL");
}

TEST_F(DescriptorTest, EqualWebhooksCountAsOne) {
    const auto text = with(R"("modules":{"webhooks":[
        {"event":"jira:version_created","url":"/h","key":"first"},
        {"event":"version_created","url":"/h","key":"second"},
        {"event":"jira:version_created","url":"/h2"}]})");
    expect_warning(text, "/modules/webhooks/1", "/modules/webhooks/0");
    const auto webhooks = good(text).webhooks;
    ASSERT_EQ(webhooks.size(), 2u);
    EXPECT_EQ(webhooks[0].key, "first");
}

TEST_F(DescriptorTest, OlderUnprefixedNamesAreThePrefixedTypes) {
    const auto report = parse(with_webhook(R"({"event":"version_created","url":"/h"})"));
    EXPECT_THAT(report.warnings, IsEmpty());
    EXPECT_EQ(report.descriptor->webhooks.at(0).event, "jira:version_created");
}

TEST_F(DescriptorTest, UnknownEventTypesAreAWarningWithWhatIsNear) {
    const auto pointer = "/modules/webhooks/0/event";
    expect_warning(with_webhook(R"({"event":"jira:isue_created","url":"/h"})"), pointer, "jira:issue_created");
    expect_warning(with_webhook(R"({"event":"page_created","url":"/h"})"), pointer, "Confluence has");
    expect_warning(with_webhook(R"({"event":"jira:issue_created","url":"/h"})"), pointer, "Jira has",
                   model::Product::confluence);
    EXPECT_EQ(good(with_webhook(R"({"event":"nobody_knows_this","url":"/h"})")).webhooks.at(0).event,
              "nobody_knows_this");
}

TEST_F(DescriptorTest, ATenantsOwnTypesAndVariablesAreKnown) {
    auto type = catalogue::parse_custom_type(shared_catalogue(), model::Product::jira,
                                             R"({"event":"deploy_done","variables":{"deploy.id":"/deploy/id"}})");
    ASSERT_TRUE(type);
    custom_types.put(*type);
    EXPECT_THAT(parse(with_webhook(R"({"event":"deploy_done","url":"/h?d={deploy.id}"})")).warnings, IsEmpty());
    expect_warning(with_webhook(R"({"event":"deploy_dome","url":"/h"})"), "/modules/webhooks/0/event", "deploy_done");
}

TEST_F(DescriptorTest, VariablesThatStayEmptyOrUnknownAreAWarning) {
    const auto text = [](std::string_view url) {
        return with_webhook(fmt::format(R"({{"event":"jira:issue_created","url":"{}"}})", url));
    };
    const auto pointer = "/modules/webhooks/0/url";
    EXPECT_THAT(parse(text("/h/${issue.key}?p={project.key}")).warnings, IsEmpty());
    expect_warning(text("/h/${issue.kye}"), pointer, "did you mean issue.key");
    expect_warning(text("/h/{nonsense}"), pointer, "unknown");
    expect_warning(text("/h/{page.id}"), pointer, "does not offer");
}

TEST_F(DescriptorTest, OptionalPropertiesHaveTheirTypes) {
    expect_fault(with(R"("name":5)"), "/name", "a string");
    expect_fault(with(R"("description":[])"), "/description", "a string");
    expect_fault(with(R"("version":1.0)"), "/version", "found the number 1.0");
    expect_fault(with(R"("vendor":"me")"), "/vendor", "an object");
    expect_fault(with(R"("vendor":{"name":1})"), "/vendor/name", "a string");
    expect_fault(with(R"("vendor":{"url":1})"), "/vendor/url", "a string");
    expect_fault(with(R"("links":{"self":1})"), "/links/self", "a string");
    expect_fault(with(R"("links":[])"), "/links", "an object");
    expect_fault(with(R"("apiVersion":1.5)"), "/apiVersion", "a whole number");
    expect_fault(with(R"("enableLicensing":"yes")"), "/enableLicensing", "true or false");
    expect_fault(with(R"("apiMigrations":[])"), "/apiMigrations", "an object");
    expect_fault(with(R"("apiMigrations":{"gdpr":"true"})"), "/apiMigrations/gdpr", "true or false");
    expect_fault(with(R"("apiMigrations":{"signed-install":1})"), "/apiMigrations/signed-install", "true or false");
    expect_fault(with(R"("apiMigrations":{"context-qsh":{}})"), "/apiMigrations/context-qsh", "true or false");
    EXPECT_EQ(good(with(R"("name":null)")).api_version, 1);
}

TEST_F(DescriptorTest, UnknownPropertiesAreAWarningAndOtherModulesAreNot) {
    expect_warning(with(R"("baseURL":"x")"), "/baseURL", "did you mean baseUrl");
    expect_warning(with(R"("a/b":1)"), "/a~1b", "no property");
    EXPECT_THAT(parse(with(R"("modules":{"webItems":5,"generalPages":"anything"})")).warnings, IsEmpty());
}

TEST_F(DescriptorTest, AMemberThatIsThereTwiceCountsAsItsLast) {
    expect_warning(with(R"("name":"a","name":"b")"), "/name", "twice");
    EXPECT_EQ(good(with(R"("name":"a","name":"b")")).name, "b");
}

TEST_F(DescriptorTest, AFloodOfFindingsIsCounted) {
    std::string hooks = "{}";
    for (int i = 0; i < 3000; ++i) hooks += ",{\"event\":\"jira:isue_created\"}";
    const auto report = parse(with_webhook(hooks));
    EXPECT_LE(report.faults.size(), 1001u);
    EXPECT_THAT(report.faults.back().message, HasSubstr("more"));
    EXPECT_LE(report.warnings.size(), 1001u);
}

}  // namespace
}  // namespace posthorn::registry
