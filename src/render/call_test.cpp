#include "render/call.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "registry/sealing.h"

namespace posthorn::render {
namespace {

using testing::HasSubstr;
using testing::Not;

const catalogue::Catalogue& shared_catalogue() {
    static const catalogue::Catalogue catalogue;
    return catalogue;
}

struct CallTest : testing::Test {
    CallTest() {
        installation.id = InstallationId{3};
        installation.base_url = "https://a.example/app";
        installation.lifecycle.enabled = "/on";
        use("/hook?key=${issue.key}");
        event.id = EventId{1 << 12};
        event.type = "jira:issue_created";
        event.timestamp_ms = 1234;
        event.payload = R"({"issue":{"key":"ABC-1","id":10042}})";
        delivery.id = delivery_of(event.id, 0);
    }
    void use(const std::string& url) {
        registry::Webhook webhook;
        webhook.number = 1;
        webhook.declared.event = "jira:issue_created";
        webhook.declared.url = url;
        installation.webhooks = {webhook};
        const auto key = registry::MasterKey::from_bytes(std::string(32, 'k'));
        const registry::CompileContext context{shared_catalogue(), custom_types, *key, {}};
        const auto compiled = registry::compile(installation, context);
        ASSERT_TRUE(compiled) << to_string(compiled.error());
    }
    Call call(std::uint32_t retry = 0) {
        const CallContext context{shared_catalogue(), custom_types, "0123456789abcdef0123456789abcdef"};
        return render(event, delivery, installation, is_lifecycle ? nullptr : &installation.webhooks.at(0), retry,
                      context);
    }

    registry::Installation installation;
    registry::TenantCustomTypes custom_types;
    model::Event event;
    model::Delivery delivery;
    bool is_lifecycle = false;
};

TEST_F(CallTest, ValuesComeFromThePayloadAndAreEncoded) {
    event.payload = R"({"issue":{"key":"A B/1"}})";
    EXPECT_EQ(call().target, "/app/hook?key=A%20B%2F1");
    EXPECT_EQ(call().base_path_bytes, 4u);
}

TEST_F(CallTest, TheContextHoldsOverThePayload) {
    event.context = {{"issue.key", "CTX-9"}};
    EXPECT_EQ(call().target, "/app/hook?key=CTX-9");
}

TEST_F(CallTest, ANumberIsItsTokenAndALaterPathIsTriedWhenOneHasNone) {
    use("/h?i={issue.id}&p={project.key}");
    event.payload = R"({"issue":{"id":1.50,"fields":{"project":{"key":"P"}}},"project":{"key":null}})";
    EXPECT_EQ(call().target, "/app/h?i=1.50&p=P");
}

TEST_F(CallTest, AMissingValueIsEmptyAndNoted) {
    event.payload = "{}";
    EXPECT_EQ(call().target, "/app/hook?key=");
    ASSERT_EQ(call().notes.size(), 1u);
    EXPECT_THAT(call().notes[0], HasSubstr("issue.key"));
}

TEST_F(CallTest, AnUnknownVariableIsAVariableOnceTheContextHasIt) {
    use("/h?x=${custom}");
    EXPECT_EQ(call().target, "/app/h?x=$%7Bcustom%7D");
    event.context = {{"custom", "1"}};
    EXPECT_EQ(call().target, "/app/h?x=1");
}

TEST_F(CallTest, TheActingUserIsAppended) {
    event.user = {"fred", "k 1", "acc", "Fred"};
    EXPECT_EQ(call().target, "/app/hook?key=ABC-1&user_id=fred&user_key=k%201");
}

TEST_F(CallTest, AValueThatMakesADotSegmentIsUnsafe) {
    use("/x/${issue.key}/y");
    EXPECT_FALSE(call().is_unsafe);
    event.payload = R"({"issue":{"key":".."}})";
    EXPECT_TRUE(call().is_unsafe);
}

TEST_F(CallTest, TheBodyIsThePayloadTokenForToken) {
    event.payload = "{ \"n\":1.0,\"e\":1e5,\"b\":12345678901234567890,\"u\":\"\\u00e9\"}";
    EXPECT_EQ(call().body, event.payload);
    event.adds_timestamp = event.adds_webhook_event = true;
    EXPECT_EQ(
        call().body,
        "{\"timestamp\":1234,\"webhookEvent\":\"jira:issue_created\", \"n\":1.0,\"e\":1e5,\"b\":12345678901234567890,"
        "\"u\":\"\\u00e9\"}");
    event.adds_timestamp = false;
    event.payload = "{ }";
    EXPECT_EQ(call().body, "{\"webhookEvent\":\"jira:issue_created\" }");
}

TEST_F(CallTest, ExcludeBodyMeansNoBodyAndNoContentType) {
    EXPECT_THAT(call().header_lines, HasSubstr("Content-Type: application/json\r\n"));
    installation.webhooks[0].declared.exclude_body = true;
    EXPECT_EQ(call().body, "");
    EXPECT_THAT(call().header_lines, Not(HasSubstr("Content-Type")));
}

TEST_F(CallTest, HeadersTellRetriesFlowAndTrace) {
    EXPECT_THAT(call().header_lines, Not(HasSubstr("X-Atlassian-Webhook-Retry")));
    EXPECT_THAT(call().header_lines, HasSubstr("X-Atlassian-Webhook-Flow: Primary\r\n"));
    event.flow = model::Flow::secondary;
    event.traceparent = "00-x";
    const auto lines = call(2).header_lines;
    EXPECT_THAT(lines, HasSubstr("X-Atlassian-Webhook-Retry: 2\r\n"));
    EXPECT_THAT(lines, HasSubstr("X-Atlassian-Webhook-Flow: Secondary\r\n"));
    EXPECT_THAT(lines, HasSubstr("traceparent: 00-x\r\n"));
    EXPECT_THAT(lines, HasSubstr("Atlassian-Connect-Version: 2.0.0\r\n"));
}

TEST_F(CallTest, TheIdentifierStaysOverRetriesAndDiffersBetweenStores) {
    const auto identifier = webhook_identifier(delivery.id, "0123456789abcdef0123456789abcdef");
    EXPECT_THAT(call().header_lines, HasSubstr("X-Atlassian-Webhook-Identifier: " + identifier + "\r\n"));
    EXPECT_THAT(call(3).header_lines, HasSubstr(identifier));
    EXPECT_NE(identifier, webhook_identifier(delivery.id, "fedcba9876543210fedcba9876543210"));
}

TEST_F(CallTest, TheOperatorsHeadersGoOutAndItsUserAgentReplacesOurs) {
    installation.settings.headers = {{"X-Team", registry::Secret::copy_of("blue")},
                                     {"user-agent", registry::Secret::copy_of("Mine")}};
    EXPECT_THAT(call().header_lines, HasSubstr("X-Team: blue\r\n"));
    EXPECT_THAT(call().header_lines, HasSubstr("user-agent: Mine\r\n"));
    EXPECT_THAT(call().header_lines, Not(HasSubstr("Posthorn/")));
}

TEST_F(CallTest, ALifecycleDeliveryGoesToItsUrlWithThePayloadAlone) {
    is_lifecycle = true;
    event.type = "connect_addon_enabled";
    event.adds_timestamp = event.adds_webhook_event = true;
    EXPECT_EQ(call().target, "/app/on");
    EXPECT_EQ(call().body, event.payload);
}

}  // namespace
}  // namespace posthorn::render
