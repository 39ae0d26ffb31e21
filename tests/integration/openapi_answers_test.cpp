// What the server answers, held against the OpenAPI document. ApiClient::call checks each answer.

#include <algorithm>
#include <cctype>
#include <map>
#include <regex>
#include <set>
#include <string>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "testkit/json_schema.h"
#include "tests/integration/api_client.h"
#include "wire/jwt_check.h"
#include "wire/percent.h"
#include "wire/qsh.h"

namespace posthorn::integration {
namespace {

namespace json = boost::json;
using testing::HasSubstr;
using testing::IsEmpty;
using testkit::ReceiverAnswer;

const std::string kTenant = "/api/v1/tenants/{tenant}";

struct OpenApiAnswersTest : testing::Test {
    ApiClient client;

    static std::string at(const std::string& rest) { return "/api/v1/tenants/jira" + rest; }

    std::string descriptor(const std::string& webhooks = R"([{"event":"jira:issue_created","url":"/hook"}])") {
        return fmt::format(
            R"({{"key":"hello","name":"Hello","baseUrl":"{}","authentication":{{"type":"jwt"}},)"
            R"("lifecycle":{{"installed":"/installed"}},"scopes":["READ"],"modules":{{"webhooks":{}}}}})",
            client.receiver().url(), webhooks);
    }
    json::value install(unsigned status = 201) {
        return client.json({"POST", kTenant + "/addons", at("/addons"), R"({"descriptor":)" + descriptor() + "}"},
                           status);
    }
    Call event(std::string body = R"({"event":"jira:issue_created","payload":{"issue":{"key":"ABC-1"}}})") {
        return {"POST", kTenant + "/events", at("/events"), std::move(body)};
    }
    json::value get(const std::string& path, const std::string& target, unsigned status = 200) {
        return client.json({"GET", path, target}, status);
    }
    std::string text(const json::value& value, std::string_view member) {
        return std::string(value.at(member).as_string());
    }
    /// The newest delivery, once it is in the given state.
    json::value delivery_in(std::string_view state) {
        for (int i = 0; i < 200; ++i) {
            const auto page = get(kTenant + "/deliveries", at("/deliveries?addon=hello&state=") + std::string(state));
            if (page.is_object() && !page.at("items").as_array().empty()) return page.at("items").at(0);
        }
        ADD_FAILURE() << "no delivery became " << state;
        return nullptr;
    }
};

TEST_F(OpenApiAnswersTest, TheDocumentHasTheRoutesOfTheServerAndNoOther) {
    std::set<std::string> described;
    for (const auto& path : client.document().at("paths").as_object())
        for (const auto& method : path.value().as_object()) {
            std::string name(method.key());
            std::ranges::transform(name, name.begin(),
                                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
            described.insert(name + " " + std::string(path.key()));
        }
    const auto routes = client.server().routes();
    EXPECT_EQ(described, std::set<std::string>(routes.begin(), routes.end()))
        << "Describe a new route in src/api/openapi.json.";
}

TEST_F(OpenApiAnswersTest, TheServerSpeaksOfItself) {
    EXPECT_EQ(text(get("/openapi.json", "/openapi.json"), "openapi"), "3.1.0");
    get("/healthz", "/healthz");
    get("/readyz", "/readyz");
    EXPECT_THAT(client.call({"GET", "/metrics", "/metrics"}).body, HasSubstr("posthorn_events_accepted_total 0"));
    get("/install-keys/{kid}", "/install-keys/none", 404);
}

TEST_F(OpenApiAnswersTest, TheReceiversAndTheMetricsTellHowThingsGo) {
    install();
    client.json(event(), 202);
    delivery_in("delivered");
    const auto receivers = get("/api/v1/receivers", "/api/v1/receivers").at("items").as_array();
    ASSERT_EQ(receivers.size(), 1U);
    EXPECT_EQ(text(receivers.front(), "receiver"), client.receiver().url());
    EXPECT_EQ(text(receivers.front().at("addons").at(0), "addon"), "hello");
    const auto encoded = wire::percent_encode(client.receiver().url());
    get("/api/v1/receivers/{receiver}", "/api/v1/receivers/" + encoded);
    get("/api/v1/receivers/{receiver}", "/api/v1/receivers/http%3A%2F%2Fnobody.example", 404);

    const auto metrics = client.call({"GET", "/metrics", "/metrics"}).body;
    EXPECT_THAT(metrics, HasSubstr("posthorn_receivers{state=\"closed\"} 1"));
    EXPECT_THAT(metrics, HasSubstr("posthorn_http_refused_total{type=\"not-found\"} 1"));
    EXPECT_THAT(metrics, HasSubstr("posthorn_deliveries_dead_total{reason=\"exhausted\"} 0"));
    EXPECT_THAT(metrics, HasSubstr("posthorn_state_lag_records"));
}

TEST_F(OpenApiAnswersTest, AnInstallKeyIsReadByTheKidOfAnInstall) {
    install();
    const auto calls = client.receiver().calls_to("/installed");
    ASSERT_EQ(calls.size(), 1U);
    const auto token = wire::decode_jwt(calls.front().header("Authorization"));
    ASSERT_TRUE(token);
    const auto key = client.call({"GET", "/install-keys/{kid}", "/install-keys/" + token->kid.value_or("none")});
    EXPECT_EQ(key.status, 200);
}

TEST_F(OpenApiAnswersTest, AnAddOnIsInstalledChangedAndUninstalled) {
    EXPECT_EQ(text(install(), "state"), "enabled");
    install(200);
    get(kTenant + "/addons", at("/addons"));
    const auto addon = kTenant + "/addons/{addon}";
    get(addon, at("/addons/hello"));
    const auto settings = R"({"retry":{"waits":["1s"],"jitter":0},"rate":"10/s","headers":{"X-Team":"blue"}})";
    const auto changed = client.json({"PATCH", addon, at("/addons/hello"), settings}, 200);
    EXPECT_EQ(changed.at("settings").at("headers").at("X-Team").as_string(), "***");
    const auto wrong = client.json({"PATCH", addon, at("/addons/hello"), R"({"concurrency":0,"colour":1})"}, 422);
    EXPECT_EQ(wrong.at("errors").as_array().size(), 2U);
    for (const std::string step : {"disable", "enable", "pause", "resume", "rotate-secret"})
        client.json({"POST", addon + "/" + step, at("/addons/hello/" + step)}, 200);
    EXPECT_EQ(client.call({"DELETE", addon, at("/addons/hello")}).status, 204);
    get(addon, at("/addons/nobody"), 404);
}

TEST_F(OpenApiAnswersTest, AnInstallSaysWhatIsWrong) {
    const Call none{"POST", kTenant + "/addons", at("/addons"), "{}"};
    EXPECT_EQ(text(client.json(none, 422), "type"), "/problems/wrong");
    const auto other = R"({"descriptor":)" + descriptor(R"([{"event":"jira:issue_created"},{"url":"/x"}])") + "}";
    const auto faults = client.json({"POST", kTenant + "/addons", at("/addons"), other}, 422);
    EXPECT_EQ(text(faults, "type"), "/problems/descriptor-wrong");
    EXPECT_EQ(faults.at("errors").as_array().size(), 2U);
    client.receiver().answer = [](const auto&) { return ReceiverAnswer::status(500, "no"); };
    const auto failed = install(422);
    EXPECT_EQ(text(failed, "type"), "/problems/install-callback-failed");
    EXPECT_EQ(failed.at("callbackStatus").as_int64(), 500);
}

TEST_F(OpenApiAnswersTest, EventsComeInFourForms) {
    install();
    EXPECT_EQ(client.json(event(), 202).at("deliveries").as_int64(), 1);
    client.json(event(R"({"webhookEvent":"jira:issue_created"})"), 202);
    auto cloud = event(R"({"specversion":"1.0","id":"1","source":"/s","type":"jira:issue_created","data":{}})");
    cloud.content_type = "application/cloudevents+json";
    client.json(cloud, 202);
    EXPECT_TRUE(client.json(cloud, 202).at("duplicate").as_bool());
    auto lines = event("{\"webhookEvent\":\"jira:issue_created\"}\n{\"webhookEvent\":\"no\"}\n{\n");
    lines.content_type = "application/x-ndjson";
    const auto answer = client.call(lines);
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(std::ranges::count(answer.body, '\n'), 3);
}

TEST_F(OpenApiAnswersTest, AnEventThatIsWrongIsRefused) {
    const auto type_of = [&](const std::string& body, unsigned status) {
        return text(client.json(event(body), status), "type");
    };
    EXPECT_EQ(type_of("{", 400), "/problems/malformed");
    EXPECT_EQ(type_of("[]", 422), "/problems/not-an-object");
    EXPECT_EQ(type_of("{}", 422), "/problems/no-event-type");
    EXPECT_EQ(type_of(R"({"webhookEvent":"jira:issue_creatd"})", 422), "/problems/unknown-event-type");
    EXPECT_EQ(type_of(R"({"webhookEvent":"connect_addon_enabled"})", 422), "/problems/reserved-event-type");
    EXPECT_EQ(type_of(R"({"event":"jira:issue_created","payload":{"webhookEvent":"jira:issue_updated"}})", 422),
              "/problems/event-types-disagree");
    EXPECT_EQ(type_of(R"({"event":7,"payload":{}})", 422), "/problems/wrong-envelope");
    auto text_plain = event("hello");
    text_plain.content_type = "text/plain";
    EXPECT_EQ(text(client.json(text_plain, 415), "type"), "/problems/unsupported-media-type");
    EXPECT_EQ(text(client.json(event(std::string(1100 * 1024, ' ')), 413), "type"), "/problems/too-large");
    client.json(event(R"({"event":"jira:issue_created","payload":{"a":1},"id":"k"})"), 202);
    EXPECT_EQ(text(client.json(event(R"({"event":"jira:issue_created","payload":{"a":2},"id":"k"})"), 409), "type"),
              "/problems/conflict");
}

TEST_F(OpenApiAnswersTest, ADeliveryIsShownReplayedAndCancelled) {
    install();
    client.json({"PATCH", kTenant + "/addons/{addon}", at("/addons/hello"), R"({"retry":{"waits":["1h"]}})"}, 200);
    const auto posted = client.json(event(), 202);
    const auto delivery = kTenant + "/deliveries/{delivery}";
    const auto delivered = at("/deliveries/") + text(delivery_in("delivered"), "id");
    const auto detail = get(delivery, delivered);
    EXPECT_EQ(detail.at("attempts").as_array().size(), 1U);
    EXPECT_THAT(json::serialize(detail.at("request")), HasSubstr(R"({"name":"Authorization","value":"***"})"));
    client.json({"POST", delivery + "/cancel", delivered + "/cancel"}, 409);

    client.receiver().answer = [](const auto&) { return ReceiverAnswer::status(503); };
    client.json({"POST", delivery + "/replay", delivered + "/replay"}, 202);
    const auto retrying = at("/deliveries/") + text(delivery_in("retrying"), "id");
    client.json({"POST", delivery + "/replay", retrying + "/replay"}, 409);
    client.json({"POST", delivery + "/cancel", retrying + "/cancel"}, 200);
    get(delivery, retrying);
    get(delivery, at("/deliveries/dlv_none"), 404);

    client.receiver().answer = [](const auto&) { return ReceiverAnswer::status(400); };
    client.json(event(), 202);
    EXPECT_EQ(text(delivery_in("dead"), "reason"), "status");
    get(kTenant + "/events", at("/events?limit=1"));
    const auto shown = get(kTenant + "/events/{event}", at("/events/") + text(posted, "id"));
    EXPECT_EQ(shown.at("deliveries").as_array().size(), 2U);
    get(kTenant + "/events/{event}", at("/events/evt_none"), 404);
    get(kTenant + "/deliveries", at("/deliveries?limit=0"), 400);
}

TEST_F(OpenApiAnswersTest, ARecoveryIsAnOperation) {
    install();
    const Call preview{"POST", kTenant + "/deliveries/recover", at("/deliveries/recover"),
                       R"({"since":"2026-01-01T00:00:00Z","preview":true})"};
    EXPECT_EQ(client.json(preview, 200).at("deliveries").as_int64(), 0);
    auto begin = preview;
    begin.body = R"({"since":"2026-01-01T00:00:00Z"})";
    const auto id = text(client.json(begin, 202), "operation");
    get("/api/v1/operations/{operation}", "/api/v1/operations/" + id);
    client.json({"DELETE", "/api/v1/operations/{operation}", "/api/v1/operations/" + id}, 200);
    begin.body = "{}";
    client.json(begin, 422);
}

TEST_F(OpenApiAnswersTest, TenantsKeysAndEventTypesAreKept) {
    get("/api/v1/tenants", "/api/v1/tenants");
    client.json({"POST", "/api/v1/tenants", "/api/v1/tenants", R"({"key":"acme","product":"confluence"})"}, 201);
    client.json({"POST", "/api/v1/tenants", "/api/v1/tenants", R"({"key":"acme","product":"confluence"})"}, 409);
    client.json({"PATCH", kTenant, "/api/v1/tenants/acme", R"({"displayName":"Acme","retry":"jira"})"}, 200);
    get(kTenant, "/api/v1/tenants/acme");
    const auto types = kTenant + "/event-types";
    const Call type{"POST", types, "/api/v1/tenants/acme/event-types", R"({"event":"acme:x","variables":{"a":"/a"}})"};
    client.json(type, 201);
    client.json(type, 200);
    get(types, "/api/v1/tenants/acme/event-types");
    get("/api/v1/event-types/{type}", "/api/v1/event-types/acme:x");
    EXPECT_EQ(client.call({"DELETE", types + "/{type}", "/api/v1/tenants/acme/event-types/acme:x"}).status, 204);
    EXPECT_EQ(client.call({"DELETE", kTenant, "/api/v1/tenants/acme"}).status, 204);
    get("/api/v1/event-types", "/api/v1/event-types");
    get("/api/v1/event-types/{type}", "/api/v1/event-types/jira:issue_created?product=jira");
    get("/api/v1/event-types/{type}", "/api/v1/event-types/nothing", 404);

    const auto keys = "/api/v1/keys";
    const auto key = client.json({"POST", keys, keys, R"({"role":"read","note":"test"})"}, 201);
    get(keys, keys);
    client.json({"POST", keys, keys, R"({"role":"boss"})"}, 422);
    const http::HeaderList bearer{{"Authorization", "Bearer " + text(key, "key")}};
    client.json({"POST", keys, keys, R"({"role":"read"})", "application/json", bearer}, 403);
    EXPECT_EQ(client.call({"DELETE", "/api/v1/keys/{key}", "/api/v1/keys/" + text(key, "id")}).status, 204);
    client.json({"GET", keys, keys, "", "", bearer}, 401);
    client.json({"GET", keys, keys, "", "", {{"Via", "1.1 tunnel"}}}, 401);
}

TEST_F(OpenApiAnswersTest, ASessionStandsForItsKey) {
    const std::string session = "/api/v1/session";
    EXPECT_TRUE(get(session, session).at("dev").as_bool());
    const auto key = client.json({"POST", "/api/v1/keys", "/api/v1/keys", R"({"role":"read"})"}, 201);
    const auto in = client.call({"POST", session, session, R"({"key":")" + text(key, "key") + R"("})"});
    EXPECT_EQ(in.status, 200);
    const auto cookie = in.header("Set-Cookie").value_or("");
    const http::HeaderList with{{"Cookie", cookie.substr(0, cookie.find(';'))}};
    EXPECT_EQ(text(client.json({"GET", session, session, "", "", with}, 200), "role"), "read");
    EXPECT_EQ(client.call({"DELETE", session, session, "", "", with}).status, 204);
    client.json({"POST", session, session, "{}"}, 422);
    client.json({"POST", session, session, R"({"key":"phk_none"})"}, 401);
    client.json({"GET", session, session, "", "", {{"Via", "1.1 tunnel"}}}, 401);
}

TEST_F(OpenApiAnswersTest, AnInspectorIsMadeCalledReadAndDeleted) {
    const std::string all = "/api/v1/inspectors";
    const auto one = all + "/{inspector}";
    const auto made = client.json({"POST", all, all, R"({"ttl":"1h"})"}, 201);
    const auto at_secret = all + "/" + text(made, "secret");
    client.json(event(), 202);
    EXPECT_TRUE(client.wait_until([&] { return get(one, at_secret).at("calls").as_int64() >= 4; }));
    get(all, all);
    get(one + "/calls", at_secret + "/calls?limit=2");
    get(one + "/calls/{call}", at_secret + "/calls/1");
    get(one + "/calls/{call}", at_secret + "/calls/99", 404);
    EXPECT_EQ(client.call({"GET", one + "/calls.ndjson", at_secret + "/calls.ndjson"}).status, 200);
    const auto to = R"({"to":")" + client.receiver().url() + R"(/hook"})";
    const auto replay = one + "/calls/{call}/replay";
    EXPECT_EQ(client.json({"POST", replay, at_secret + "/calls/1/replay", to}, 200).at("status").as_int64(), 204);
    client.json({"POST", replay, at_secret + "/calls/1/replay", R"({"to":"nonsense"})"}, 422);
    client.json({"POST", all, all, R"({"ttl":"soon"})"}, 422);

    const auto inspector = "/inspector/" + text(made, "id");
    get("/inspector/{inspector}/atlassian-connect.json", inspector + "/atlassian-connect.json");
    const auto events = "/inspector/{inspector}/events/{event}";
    EXPECT_EQ(client.call({"POST", events, inspector + "/events/a", "{}"}).status, 200);
    const auto lifecycle = "/inspector/{inspector}/{callback}";
    EXPECT_EQ(client.call({"POST", lifecycle, inspector + "/enabled", "{}"}).status, 204);
    client.json({"POST", lifecycle, inspector + "/installed", "{}"}, 400);

    EXPECT_EQ(client.call({"DELETE", one, at_secret}).status, 204);
    EXPECT_EQ(text(get(one, at_secret, 410), "why"), "deleted");
    client.json({"POST", events, inspector + "/events/a", "{}"}, 410);
    get(one, all + "/none", 404);
}

// What a key may is in x-roles. Only reading is tried with keys that may; the rest is refused before it is looked at.
TEST_F(OpenApiAnswersTest, EachRoleMayWhatTheDocumentSaysAndNoMore) {
    std::map<std::string, std::string> tokens;
    for (const std::string role : {"admin", "tenant", "publish", "read"}) {
        const bool is_of_tenant = role == "tenant" || role == "publish";
        const auto body = fmt::format(R"({{"role":"{}","tenant":{}}})", role, is_of_tenant ? "\"jira\"" : "null");
        tokens[role] = text(client.json({"POST", "/api/v1/keys", "/api/v1/keys", body}, 201), "key");
    }
    std::size_t refused = 0;
    for (const auto& path : client.document().at("paths").as_object())
        for (const auto& operation : path.value().as_object()) {
            const auto& roles = operation.value().at("x-roles").as_array();
            const std::string name(path.key());
            std::string method(operation.key());
            std::ranges::transform(method, method.begin(),
                                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
            if (roles.empty()) continue;
            for (const auto& [role, token] : tokens) {
                const bool may = std::ranges::find(roles, json::value(role)) != roles.end();
                if (may && (method != "GET" || name == "/api/v1/stream")) continue;
                const auto target = std::regex_replace(std::regex_replace(name, std::regex("\\{tenant\\}"), "jira"),
                                                       std::regex("\\{[a-z]+\\}"), "none");
                const auto status =
                    client.call({method, name, target, "", "", {{"Authorization", "Bearer " + token}}}).status;
                // Of what a key may not change but may look for, it learns that it is not there.
                EXPECT_TRUE(status == 404 || status == (may ? 200U : 403U))
                    << role << ' ' << method << ' ' << name << ' ' << status;
                refused += status == 403 ? 1 : 0;
            }
        }
    EXPECT_GT(refused, 60U);
}

TEST_F(OpenApiAnswersTest, TheOverviewCountsWhatHappened) {
    install();
    client.json(event(), 202);
    delivery_in("delivered");
    const std::string path = "/api/v1/overview";
    const auto sum = [](const json::value& overview, std::string_view name) {
        std::int64_t total = 0;
        for (const auto& value : overview.at("series").at(name).as_array()) total += value.to_number<std::int64_t>();
        return total;
    };
    for (const std::string query : {"", "?tenant=jira", "?tenant=jira&span=24h"}) {
        const auto overview = get(path, path + query);
        // The event posted, and connect_addon_enabled of the install.
        EXPECT_EQ(sum(overview, "accepted"), 2) << query;
        EXPECT_GE(sum(overview, "delivered"), 1) << query;
        EXPECT_EQ(text(overview.at("addons").at(0), "addon"), "hello") << query;
    }
    EXPECT_EQ(sum(get(path, path + "?tenant=confluence"), "accepted"), 0);
    EXPECT_GE(sum(get(path, path + "?tenant=jira&addon=hello"), "delivered"), 1);
    get(path, path + "?span=1y", 400);
    get(path, path + "?addon=hello", 422);
    get(path, path + "?tenant=nobody", 404);
}

TEST_F(OpenApiAnswersTest, ADeliverySaysWhatItsTokenSaid) {
    install();
    client.json(event(), 202);
    const auto found = delivery_in("delivered");
    const auto detail = get(kTenant + "/deliveries/{delivery}", at("/deliveries/" + text(found, "id")));
    const auto& token = detail.at("request").at("token");
    EXPECT_EQ(text(token.at("header"), "alg"), "HS256");
    const auto canonical = text(token, "canonicalRequest");
    EXPECT_EQ(canonical.substr(0, 10), "POST&/hook");
    EXPECT_EQ(text(token.at("claims"), "qsh"), std::string(wire::text_of(wire::hash_of_canonical_request(canonical))));
}

TEST_F(OpenApiAnswersTest, TheSystemSaysHowItIs) {
    install();
    client.json({"POST", kTenant + "/addons/{addon}/pause", at("/addons/hello/pause")}, 200);
    const auto system = get("/api/v1/system", "/api/v1/system");
    EXPECT_GT(system.at("store").at("bytes").to_number<std::int64_t>(), 0);
    std::set<std::string> about;
    for (const auto& finding : system.at("findings").as_array()) about.insert(text(finding, "about"));
    EXPECT_TRUE(about.contains("jira/hello"));
}

TEST_F(OpenApiAnswersTest, AFrameworkInstallsThroughUpm) {
    const auto document = descriptor();
    client.receiver().answer = [&](const testkit::ReceivedCall& call) {
        return call.method == "GET" ? ReceiverAnswer::text(document) : ReceiverAnswer::status(204);
    };
    const std::string root = "/rest/plugins/1.0/";
    get(root + "settings", root + "settings");
    const auto list = client.call({"GET", root, root});
    const auto token = list.header("upm-token").value_or("");
    const auto plugin_uri = R"({"pluginUri":")" + client.receiver().url() + R"(/atlassian-connect.json"})";
    const Call install{"POST", root, root + "?token=" + token, plugin_uri,
                       "application/vnd.atl.plugins.remote.install+json"};
    const auto pending = client.json(install, 202);
    EXPECT_EQ(text(client.json(install, 403), "type"), "/problems/upm-token");
    const auto self = text(pending.at("links"), "self");
    json::value state;
    for (int i = 0; i < 200 && !(state.is_object() && state.as_object().contains("enabled")); ++i)
        state = get(root + "pending/{install}", self);
    EXPECT_EQ(text(state, "key"), "hello");
    get("/t/{tenant}/rest/plugins/1.0/", "/t/jira/rest/plugins/1.0/");
    EXPECT_EQ(client.call({"DELETE", root + "{plugin}", root + "hello-key"}).status, 204);
}

TEST_F(OpenApiAnswersTest, TheStreamTellsWhatHappens) {
    install();
    const auto post = [&] { client.start(event()); };
    const auto text = client.read_stream("/api/v1/stream?tenant=jira", post, [](std::string_view so_far) {
        return so_far.find("event: delivery.delivered") != std::string_view::npos && so_far.ends_with("\r\n");
    });
    EXPECT_THAT(text, HasSubstr("event: event.accepted"));
    EXPECT_THAT(text, HasSubstr("event: delivery.attempted"));
    EXPECT_EQ(client.receiver().count("/hook"), 1U);
    const auto& schema = client.document().at_pointer("/components/schemas/LiveHappening");
    std::size_t count = 0;
    for (auto place = text.find("data: "); place != std::string::npos; place = text.find("data: ", place + 1)) {
        ++count;
        const auto line = text.substr(place + 6, text.find('\n', place) - place - 6);
        EXPECT_THAT(testkit::schema_faults(client.document(), schema, json::parse(line)), IsEmpty()) << line;
    }
    EXPECT_EQ(count, 3U);
}

}  // namespace
}  // namespace posthorn::integration
