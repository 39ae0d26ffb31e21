#include "intake/posted_event.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace posthorn::intake {
namespace {

using testing::HasSubstr;

const catalogue::Catalogue& shared_catalogue() {
    static const catalogue::Catalogue catalogue;
    return catalogue;
}

struct PostedEventTest : testing::Test {
    PostedEventTest() {
        tenant.id = TenantId{7};
        tenant.key = "jira";
    }
    tl::expected<Posted, http::Problem> read(std::string_view body, Beside beside = {}) {
        const IntakeContext context{tenant, custom_types, shared_catalogue()};
        return read_event(body, beside, context);
    }
    Posted good(std::string_view body, Beside beside = {}) {
        auto posted = read(body, beside);
        if (!posted) {
            ADD_FAILURE() << http::to_json(posted.error());
            return {};
        }
        return *std::move(posted);
    }
    http::Problem bad(std::string_view body, Beside beside = {}) {
        auto posted = read(body, beside);
        if (!posted) return posted.error();
        ADD_FAILURE() << "was accepted: " << body;
        return {};
    }

    registry::Tenant tenant;
    registry::TenantCustomTypes custom_types;
};

TEST_F(PostedEventTest, TheEnvelopeSaysWhatThePayloadCannot) {
    const auto posted =
        good(R"({"event":"jira:issue_created","payload": {"issue":{"key":"A-1"}} ,"id":"k1","timestamp":5,
        "user":{"id":"fred","key":"f","accountId":"a1","displayName":"Fred"},
        "context":{"project.key":"A"},"flow":"Secondary"})");
    EXPECT_EQ(posted.event.type, "jira:issue_created");
    EXPECT_EQ(posted.event.tenant, TenantId{7});
    EXPECT_EQ(posted.event.payload, R"({"issue":{"key":"A-1"}})");
    EXPECT_EQ(posted.event.timestamp_ms, 5);
    EXPECT_EQ(posted.event.user, (model::ActingUser{"fred", "f", "a1", "Fred"}));
    EXPECT_EQ(posted.event.flow, model::Flow::secondary);
    EXPECT_EQ(posted.event.context, (std::vector<std::pair<std::string, std::string>>{{"project.key", "A"}}));
    EXPECT_EQ(posted.idempotency.key, "k1");
    EXPECT_EQ(posted.idempotency.payload_hash.size(), 32u);
    EXPECT_TRUE(posted.event.adds_timestamp);
    EXPECT_TRUE(posted.event.adds_webhook_event);
}

TEST_F(PostedEventTest, ANativeBodyIsThePayloadAsItStands) {
    const std::string body =
        R"({ "webhookEvent":"jira:issue_updated", "timestamp":1.5e3, "n":1.0,"big":12345678901234567890,
        "e":"\u00e9","user":{"name":"fred","accountId":"a1","displayName":"Fred"}})";
    const auto posted = good(body);
    EXPECT_EQ(posted.event.payload, body);
    EXPECT_FALSE(posted.event.adds_timestamp);
    EXPECT_FALSE(posted.event.adds_webhook_event);
    EXPECT_EQ(posted.event.user, (model::ActingUser{"fred", "", "a1", "Fred"}));
    EXPECT_TRUE(posted.idempotency.key.empty());
}

TEST_F(PostedEventTest, TheTypeMayBeInTheQuery) {
    Beside beside;
    beside.query_event = "comment_created";
    EXPECT_EQ(good(R"({"comment":{}})", beside).event.type, "comment_created");
}

TEST_F(PostedEventTest, OlderNamesMeanThePrefixedTypes) {
    EXPECT_EQ(good(R"({"webhookEvent":"version_created"})").event.type, "jira:version_created");
    // The same type twice, spelled both ways, does not disagree.
    EXPECT_EQ(good(R"({"event":"jira:version_created","payload":{"webhookEvent":"version_created"}})").event.type,
              "jira:version_created");
}

TEST_F(PostedEventTest, AUserEventsOwnUserDidNotAct) {
    EXPECT_FALSE(good(R"({"webhookEvent":"user_created","user":{"name":"new"}})").event.user.is_known());
}

TEST_F(PostedEventTest, ConfluenceNamesItsUserAtTheTop) {
    tenant.product = model::Product::confluence;
    Beside beside;
    beside.query_event = "page_created";
    const auto posted = good(R"({"username":"fred","userKey":"k","userAccountId":"a","page":{}})", beside);
    EXPECT_EQ(posted.event.user, (model::ActingUser{"fred", "k", "a", ""}));
}

TEST_F(PostedEventTest, BrokenJsonIsToldWithItsPlace) {
    const auto problem = bad("{\"webhookEvent\":\n \"jira:issue_created\",,}");
    EXPECT_EQ(problem.status, 400u);
    EXPECT_THAT(problem.detail, HasSubstr("line 2, column 23"));
    EXPECT_EQ(bad("").status, 400u);
    EXPECT_EQ(bad("{\"a\":\"\xff\"}").status, 400u);
}

TEST_F(PostedEventTest, ADuplicateKeyAtTheTopIsMalformed) {
    EXPECT_EQ(bad(R"({"webhookEvent":"jira:issue_created","a":1,"\u0061":2})").status, 400u);
    const auto inner = bad(R"({"event":"jira:issue_created","payload":{"a":1,"a":2}})");
    EXPECT_EQ(inner.status, 400u);
    EXPECT_EQ(inner.errors.at(0).pointer, "/payload/a");
    // Deeper down it is the add-on's business.
    good(R"({"webhookEvent":"jira:issue_created","issue":{"a":1,"a":2}})");
}

TEST_F(PostedEventTest, AnUnknownTypeIsToldWithNearMatches) {
    const auto problem = bad(R"({"webhookEvent":"jira:isue_created"})");
    EXPECT_EQ(problem.status, 422u);
    EXPECT_EQ(problem.name, "unknown-event-type");
    EXPECT_THAT(problem.detail, HasSubstr("jira:issue_created"));
    EXPECT_EQ(bad(R"({"webhookEvent":"page_created"})").status, 422u) << "of the other product";
}

TEST_F(PostedEventTest, TypesThatDisagreeAreRefused) {
    EXPECT_EQ(bad(R"({"event":"jira:issue_created","payload":{"webhookEvent":"jira:issue_deleted"}})").name,
              "event-types-disagree");
    Beside beside;
    beside.query_event = "jira:issue_deleted";
    EXPECT_EQ(bad(R"({"webhookEvent":"jira:issue_created"})", beside).name, "event-types-disagree");
}

TEST_F(PostedEventTest, PosthornsOwnTypesCannotBePosted) {
    EXPECT_EQ(bad(R"({"webhookEvent":"connect_addon_enabled"})").name, "reserved-event-type");
}

TEST_F(PostedEventTest, ABodyWithoutATypeSaysWhereToPutIt) {
    EXPECT_EQ(bad(R"({"issue":{}})").name, "no-event-type");
    EXPECT_EQ(bad("[]").status, 422u);
}

TEST_F(PostedEventTest, AllThatIsWrongWithAnEnvelopeIsToldAtOnce) {
    const auto problem =
        bad(R"({"event":1,"payload":{},"timestamp":"now","flow":"Third","user":{"id":5},"context":{"a":1}})");
    EXPECT_EQ(problem.status, 422u);
    std::vector<std::string> pointers;
    for (const auto& error : problem.errors) pointers.push_back(error.pointer);
    EXPECT_THAT(pointers, testing::UnorderedElementsAre("/event", "/timestamp", "/flow", "/user/id", "/context/a"));
}

TEST_F(PostedEventTest, AStructuredCloudEventHasItsPayloadInData) {
    Beside beside;
    beside.form = Form::cloud_event_structured;
    const auto posted = good(R"({"specversion":"1.0","id":"1","source":"/s","type":"jira:issue_created",
        "time":"2026-11-24T20:14:00Z","data":{"issue":{"n":1.0}}})",
                             beside);
    EXPECT_EQ(posted.event.payload, R"({"issue":{"n":1.0}})");
    EXPECT_EQ(posted.event.timestamp_ms, 1'795'551'240'000);
    EXPECT_EQ(posted.idempotency.key, std::string("/s\0001", 4));
}

TEST_F(PostedEventTest, ABinaryCloudEventHasItsAttributesInHeaders) {
    const std::vector<wire::Header> headers = {{"Content-Type", "application/json"},
                                               {"ce-specversion", "1.0"},
                                               {"ce-id", "1"},
                                               {"ce-source", "/s"},
                                               {"ce-type", "jira:issue_created"}};
    ASSERT_EQ(form_of(headers).value(), Form::cloud_event_binary);
    const auto posted = good(R"({"issue":{}})", beside_of(Form::cloud_event_binary, headers));
    EXPECT_EQ(posted.event.type, "jira:issue_created");
    EXPECT_EQ(posted.event.payload, R"({"issue":{}})");
}

TEST_F(PostedEventTest, ACloudEventsOwnTraceComesBeforeThatOfItsRequest) {
    constexpr std::string_view kOfRequest = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    constexpr std::string_view kOwn = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    std::vector<wire::Header> headers = {{"traceparent", kOfRequest},
                                         {"ce-specversion", "1.0"},
                                         {"ce-id", "1"},
                                         {"ce-source", "/s"},
                                         {"ce-type", "jira:issue_created"}};
    EXPECT_EQ(good("{}", beside_of(Form::cloud_event_binary, headers)).event.traceparent, kOfRequest);
    headers.emplace_back("ce-traceparent", kOwn);
    EXPECT_EQ(good("{}", beside_of(Form::cloud_event_binary, headers)).event.traceparent, kOwn);

    const auto structured = [&](std::string_view trace) {
        const auto body =
            R"({"specversion":"1.0","id":"1","source":"/s","type":"jira:issue_created","data":{},"traceparent":")" +
            std::string(trace) + "\"}";
        return good(body, beside_of(Form::cloud_event_structured, headers)).event.traceparent;
    };
    EXPECT_EQ(structured(kOwn), kOwn);
    EXPECT_EQ(structured("x"), kOfRequest);
}

TEST_F(PostedEventTest, AnIncompleteCloudEventIsRefused) {
    Beside beside;
    beside.form = Form::cloud_event_structured;
    EXPECT_EQ(bad(R"({"specversion":"0.3","type":"jira:issue_created","data":[]})", beside).errors.size(), 4u);
}

TEST_F(PostedEventTest, TheHeadersKeyHoldsOverTheEnvelopes) {
    Beside beside;
    beside.idempotency_key = "h";
    EXPECT_EQ(good(R"({"id":"e","event":"jira:issue_created","payload":{}})", beside).idempotency.key, "h");
}

TEST_F(PostedEventTest, TheHashTellsTypeAndPayloadApart) {
    Beside beside;
    beside.idempotency_key = "k";
    const auto hash = [&](std::string_view body) { return good(body, beside).idempotency.payload_hash; };
    EXPECT_EQ(hash(R"({"event":"jira:issue_created","payload":{"a":1}})"),
              hash(R"({"event":"jira:issue_created","payload":{"a":1},"flow":"Primary"})"));
    EXPECT_NE(hash(R"({"event":"jira:issue_created","payload":{"a":1}})"),
              hash(R"({"event":"jira:issue_created","payload":{"a":1.0}})"));
    EXPECT_NE(hash(R"({"event":"jira:issue_created","payload":{"a":1}})"),
              hash(R"({"event":"jira:issue_deleted","payload":{"a":1}})"));
}

TEST(FormOf, FollowsTheContentType) {
    const auto form = [](std::string_view type) {
        const std::vector<wire::Header> headers = {{"content-type", type}};
        return form_of(headers);
    };
    EXPECT_EQ(form("application/json; charset=utf-8").value(), Form::json);
    EXPECT_EQ(form("Application/X-NDJSON").value(), Form::ndjson);
    EXPECT_EQ(form("application/cloudevents+json").value(), Form::cloud_event_structured);
    EXPECT_EQ(form("application/x-www-form-urlencoded").error().status, 415u);
    EXPECT_EQ(form_of({}).error().status, 415u);
}

TEST(BesideOf, OnlyAValidTraceparentIsPassedOn) {
    const auto trace = [](std::string_view value) {
        const std::vector<wire::Header> headers = {{"traceparent", value}};
        return std::string(beside_of(Form::json, headers).traceparent);
    };
    constexpr std::string_view kGood = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    EXPECT_EQ(trace(kGood), kGood);
    EXPECT_EQ(trace("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01"), "");
    EXPECT_EQ(trace("x"), "");
}

}  // namespace
}  // namespace posthorn::intake
