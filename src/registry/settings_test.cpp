#include "registry/settings.h"

#include <algorithm>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "registry/tenant.h"

namespace posthorn::registry {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

Settings patched(std::string_view body, Settings settings = {}) {
    const auto patch = parse_settings(wire::JsonView(body));
    if (!patch) {
        for (const auto& fault : patch.error()) ADD_FAILURE() << fault.pointer << ": " << fault.message;
        return settings;
    }
    patch->apply_to(settings);
    return settings;
}

void expect_fault(std::string_view body, std::string_view pointer, std::string_view words,
                  SettingsOf settings_of = SettingsOf::addon) {
    const auto patch = parse_settings(wire::JsonView(body), "/settings", settings_of);
    ASSERT_FALSE(patch) << body;
    EXPECT_EQ(patch.error().front().pointer, "/settings" + std::string(pointer)) << body;
    EXPECT_THAT(patch.error().front().message, HasSubstr(words)) << body;
}

TEST(SettingsTest, ReadAllThatAnOperatorDecides) {
    const auto settings = patched(R"({"installSigning":"legacy","retry":{"waits":["5s","500ms"],"jitter":0.5},
        "timeouts":{"connect":"1s","answer":"2m"},"concurrency":7,"rate":"100/s","ordering":"issue.key",
        "standardWebhooks":true,"headers":{"X-Team":"core","X-Empty":""}})");
    EXPECT_EQ(settings.install_signing, InstallSigning::legacy);
    EXPECT_EQ(settings.delivery.retry, (Retry{.kind = Retry::Kind::custom, .waits = {5s, 500ms}, .jitter = 0.5}));
    EXPECT_EQ(settings.delivery.connect_timeout, Millis(1s));
    EXPECT_EQ(settings.delivery.answer_timeout, Millis(2min));
    EXPECT_EQ(settings.delivery.concurrency, 7u);
    EXPECT_EQ(settings.rate, (wire::Rate{.count = 100, .per = 1s}));
    EXPECT_EQ(settings.ordering, (Ordering{.kind = Ordering::Kind::variable, .variable = "issue.key"}));
    EXPECT_TRUE(settings.standard_webhooks);
    ASSERT_EQ(settings.headers.size(), 2u);
    EXPECT_EQ(settings.headers[0].value.reveal(), "core");
}

TEST(SettingsTest, WhatIsAbsentStaysAndNullGoesBackToTheDefault) {
    const auto before =
        patched(R"({"retry":"jira","timeouts":{"connect":"1s","answer":"2s"},"concurrency":7,"rate":"5/m",
                                    "ordering":"receiver","standardWebhooks":true,"installSigning":"asymmetric"})");
    EXPECT_EQ(patched("{}", before), before);
    EXPECT_EQ(patched(R"({"retry":null,"timeouts":null,"concurrency":null,"rate":null,"ordering":null,
                          "standardWebhooks":null,"installSigning":null,"ca":null,"headers":null})",
                      before),
              Settings{});
    const auto half = patched(R"({"timeouts":{"connect":null}})", before);
    EXPECT_FALSE(half.delivery.connect_timeout);
    EXPECT_EQ(half.delivery.answer_timeout, Millis(2s));
}

TEST(SettingsTest, HeadersChangeNameByNameWithoutRegardToCase) {
    auto settings = patched(R"({"headers":{"X-A":"1","X-B":"2"}})");
    settings = patched(R"({"headers":{"x-a":"3","X-B":null,"X-C":"4"}})", settings);
    ASSERT_EQ(settings.headers.size(), 2u);
    EXPECT_EQ(settings.headers[0].name, "x-a");
    EXPECT_EQ(settings.headers[0].value.reveal(), "3");
    EXPECT_EQ(settings.headers[1].name, "X-C");
}

TEST(SettingsTest, EachWrongValueIsAFaultAtItsPlace) {
    expect_fault("[]", "", "an object");
    expect_fault(R"({"installSigning":"hmac"})", "/installSigning", "\"auto\"");
    expect_fault(R"({"installSigning":1})", "/installSigning", "found the number 1");
    expect_fault(R"({"retry":"never"})", "/retry", "\"connect\"");
    expect_fault(R"({"retry":{}})", "/retry/waits", "missing");
    expect_fault(R"({"retry":{"waits":"5s"}})", "/retry/waits", "a list");
    expect_fault(R"({"retry":{"waits":["5s",5]}})", "/retry/waits/1", "found the number 5");
    expect_fault(R"({"retry":{"waits":["31d"]}})", "/retry/waits/0", "30d");
    expect_fault(R"({"retry":{"waits":["0s"]}})", "/retry/waits/0", "1ms");
    expect_fault(R"({"retry":{"waits":[],"jitter":1.5}})", "/retry/jitter", "from 0 to 1");
    expect_fault(R"({"retry":{"waits":[],"jiter":1}})", "/retry/jiter", "did you mean jitter");
    expect_fault(R"({"timeouts":"5s"})", "/timeouts", "an object");
    expect_fault(R"({"timeouts":{"connect":"6m"}})", "/timeouts/connect", "5m");
    expect_fault(R"({"timeouts":{"answer":5}})", "/timeouts/answer", "a duration");
    expect_fault(R"({"timeouts":{"read":"5s"}})", "/timeouts/read", "known are connect, answer");
    expect_fault(R"({"concurrency":0})", "/concurrency", "1 to 1000");
    expect_fault(R"({"concurrency":1001})", "/concurrency", "1 to 1000");
    expect_fault(R"({"concurrency":1.5})", "/concurrency", "1 to 1000");
    expect_fault(R"({"rate":"fast"})", "/rate", "100/s");
    expect_fault(R"({"rate":100})", "/rate", "100/s");
    expect_fault(R"({"ordering":"a b"})", "/ordering", "\"receiver\"");
    expect_fault(R"({"ordering":true})", "/ordering", "\"receiver\"");
    expect_fault(R"({"standardWebhooks":"yes"})", "/standardWebhooks", "true or false");
    expect_fault(R"({"ca":5})", "/ca", "PEM");
    expect_fault(R"({"ca":"nothing"})", "/ca", "no certificate");
    expect_fault(R"({"ca":"-----BEGIN PRIVATE KEY-----"})", "/ca", "private key");
    expect_fault(R"({"ca":"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"})", "/ca", "certificate");
    expect_fault(R"({"headers":[]})", "/headers", "an object");
    expect_fault(R"({"instalSigning":"auto"})", "/instalSigning", "did you mean installSigning");
    expect_fault(R"({"rate":"1/s"})", "/rate", "no member", SettingsOf::tenant);
}

TEST(SettingsTest, HeadersThatAreOursOrMalformedAreRefusedAndTheirValuesNeverRepeated) {
    for (const auto name : {"Host", "connection", "Content-Type", "CONTENT-LENGTH", "Transfer-Encoding",
                            "Authorization", "X-Atlassian-Webhook-Retry", "Atlassian-Connect-Version", "Upgrade"})
        expect_fault(fmt::format(R"({{"headers":{{"{}":"x"}}}})", name), fmt::format("/headers/{}", name),
                     "set by Posthorn");
    expect_fault(R"({"headers":{"a b":"x"}})", "/headers/a b", "RFC 9110");
    expect_fault(R"({"headers":{"":"x"}})", "/headers/", "RFC 9110");
    expect_fault(R"({"headers":{"A":"1","a":"2"}})", "/headers/a", "twice");
    expect_fault(R"({"headers":{"X-A":5}})", "/headers/X-A", "a number");
    for (const auto value : {"hunter2\\r\\nX-Evil: 1", "hunter2\\u0000", "hunter2\\u007f", " hunter2", "hunter2\\t"}) {
        const auto body = fmt::format(R"({{"headers":{{"X-A":"{}"}}}})", value);
        const auto patch = parse_settings(wire::JsonView(body));
        ASSERT_FALSE(patch) << value;
        EXPECT_THAT(patch.error().front().message, Not(HasSubstr("hunter2")));
    }
}

TEST(SettingsTest, AllFaultsComeAtOnce) {
    const auto patch = parse_settings(wire::JsonView(R"({"retry":1,"concurrency":0,"rate":"x","nothing":1})"));
    ASSERT_FALSE(patch);
    EXPECT_EQ(patch.error().size(), 4u);
}

TEST(SettingsTest, AnswersMaskHeaderValuesAndCanBeSentBackUnchanged) {
    const auto settings = patched(R"({"retry":{"waits":["90s"],"jitter":0.25},"ordering":"receiver",
                                      "headers":{"X-Key":"hunter2"}})");
    const auto json = to_json(settings);
    EXPECT_EQ(json, R"({"installSigning":"auto","retry":{"waits":["90s"],"jitter":0.25},)"
                    R"("timeouts":{"connect":null,"answer":null},"concurrency":null,"rate":null,"ordering":"receiver",)"
                    R"("standardWebhooks":false,"ca":null,"headers":{"X-Key":"***"}})");
    EXPECT_EQ(patched(json, settings), settings);
}

TEST(SettingsTest, ALevelSaysWhatTheOneAboveItLeavesOpen) {
    DeliveryDefaults own;
    own.concurrency = 3;
    DeliveryDefaults above;
    above.concurrency = 5;
    above.answer_timeout = 9s;
    EXPECT_EQ(resolve(own, above).concurrency, 3u);
    EXPECT_EQ(resolve(own, above).answer_timeout, Millis(9s));
    EXPECT_FALSE(resolve(own, above).retry);
}

TEST(TenantBodyTest, MakesATenantWithWhatIsMissing) {
    const auto tenant = parse_tenant(wire::JsonView(R"({"key":"acme-1","product":"confluence","concurrency":4})"),
                                     TenantBody::create, {});
    ASSERT_TRUE(tenant);
    EXPECT_EQ(tenant->key, "acme-1");
    EXPECT_EQ(tenant->product, model::Product::confluence);
    EXPECT_EQ(tenant->client_key.size(), 36u);
    EXPECT_EQ(tenant->display_name, "acme-1");
    EXPECT_EQ(tenant->defaults.concurrency, 4u);
    EXPECT_EQ(base_url_of(*tenant, "https://p.example/"), "https://p.example/t/acme-1");
}

TEST(TenantBodyTest, ReportsAllFaultsAtOnce) {
    const auto tenant = parse_tenant(wire::JsonView(R"({"key":"A","product":"trello","clientKey":"","baseUrl":"x",
                                                        "concurrency":0,"displayname":"x"})"),
                                     TenantBody::create, {});
    ASSERT_FALSE(tenant);
    std::vector<std::string> pointers;
    for (const auto& fault : tenant.error()) pointers.push_back(fault.pointer);
    EXPECT_THAT(pointers,
                testing::ElementsAre("/key", "/product", "/clientKey", "/baseUrl", "/concurrency", "/displayname"));
}

TEST(TenantBodyTest, AChangeMayRepeatKeyAndProductButNotAlterThem) {
    auto tenant = *parse_tenant(wire::JsonView(R"({"key":"acme","product":"jira"})"), TenantBody::create, {});
    EXPECT_FALSE(parse_tenant(wire::JsonView(R"({"key":"other"})"), TenantBody::change, tenant));
    EXPECT_FALSE(parse_tenant(wire::JsonView(R"({"product":"confluence"})"), TenantBody::change, tenant));
    const auto changed =
        parse_tenant(wire::JsonView(R"({"key":"acme","product":"jira","baseUrl":"https://s.example/"})"),
                     TenantBody::change, tenant);
    ASSERT_TRUE(changed);
    EXPECT_EQ(changed->base_url, "https://s.example");
    EXPECT_EQ(changed->client_key, tenant.client_key);
}

}  // namespace
}  // namespace posthorn::registry
