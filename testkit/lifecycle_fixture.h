#pragma once
// For tests of lifecycle/ and above: an engine, an add-on that records its calls, and what they say of tokens.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lifecycle/lifecycle.h"
#include "testkit/engine_fixture.h"
#include "testkit/recording_receiver.h"
#include "wire/json.h"
#include "wire/jwt_check.h"
#include "wire/qsh.h"

namespace posthorn::lifecycle {

using testkit::ReceivedCall;
using testkit::ReceiverAnswer;

/// A descriptor's text, made from a few parts.
struct DescriptorText {
    std::string base_url;
    std::string key = "com.example.addon";
    std::string authentication = "jwt";
    std::string lifecycle =
        R"({"installed":"/installed","uninstalled":"/uninstalled","enabled":"/enabled","disabled":"/disabled"})";
    std::string webhooks = R"([{"event":"jira:issue_created","url":"/hook"},)"
                           R"({"event":"connect_addon_enabled","url":"/hook-enabled"},)"
                           R"({"event":"connect_addon_disabled","url":"/hook-disabled"}])";
    std::string migrations = "{}";

    std::string text() const {
        return fmt::format(R"({{"key":"{}","name":"Example","baseUrl":"{}","authentication":{{"type":"{}"}},)"
                           R"("lifecycle":{},"scopes":["READ"],"apiMigrations":{},"modules":{{"webhooks":{}}}}})",
                           key, base_url, authentication, lifecycle, migrations, webhooks);
    }
};

class LifecycleTest : public testing::Test {
public:
    LifecycleTest() {
        options.plain_http = wire::PlainHttp::allowed;
        options.public_url = "http://posthorn.example";
        options.on_notice = [this](const Notice& notice) { notices.emplace_back(notice.what); };
        begin();
    }
    ~LifecycleTest() override { end(); }

    void begin() {
        receiver = std::make_unique<testkit::RecordingReceiver>(fixture.net(), fixture.run().wheel);
        restart_lifecycle();
    }
    void end() {
        lifecycle.reset();
        receiver.reset();
    }
    /// With the options as they are now.
    void restart_lifecycle() {
        lifecycle = std::make_unique<Lifecycle>(fixture.engine(), *fixture.run().ours.dialer, options);
    }

    DescriptorText descriptor() const { return {.base_url = receiver->url()}; }

    Outcome<Installed> install(const DescriptorText& text) { return install(text.text()); }
    Outcome<Installed> install(std::string text) {
        InstallRequest request;
        request.descriptor = std::move(text);
        return install(std::move(request));
    }
    Outcome<Installed> install(InstallRequest request) {
        request.tenant = fixture.tenant().id;
        return fixture.wait_for(lifecycle->install(std::move(request)));
    }
    Outcome<Installed> install_with(registry::InstallSigning signing, const DescriptorText& text) {
        InstallRequest request;
        request.descriptor = text.text();
        request.settings.emplace().install_signing = signing;
        return install(std::move(request));
    }
    /// Installs and waits until the enabled calls have come.
    InstallationId installed(const DescriptorText& text) {
        const auto enabled = receiver->count("/enabled");
        const auto result = install(text);
        EXPECT_TRUE(result) << result.error().detail;
        EXPECT_TRUE(fixture.wait_until([&] { return receiver->count("/enabled") > enabled; }));
        return result ? result->installation : InstallationId{};
    }

    Result<engine::Receipt> post(std::string payload = R"({"timestamp":1,"webhookEvent":"jira:issue_created"})") {
        model::Event event;
        event.tenant = fixture.tenant().id;
        event.type = "jira:issue_created";
        event.payload = std::move(payload);
        return fixture.wait_for(fixture.engine().accept(std::move(event), {}));
    }

    /// Null if there is none; good until the next change.
    const registry::Installation* find(std::string_view key = "com.example.addon") const {
        return fixture.snapshot()->find_installation(fixture.tenant().id, key);
    }
    std::string secret() const { return reveal(registry::current_secret(*find(), fixture.master_key())); }
    std::string pending_secret() const { return reveal(registry::pending_secret(*find(), fixture.master_key())); }

    static std::string member(const std::string& json, std::string_view name) {
        const auto value = wire::JsonView(json).find(name);
        return value ? value->is_string() ? value->string() : std::string(value->raw()) : std::string();
    }
    static std::string secret_in(const ReceivedCall& call) { return member(call.body, "sharedSecret"); }

    /// "unsigned", "HS256", "RS256": the algorithm of the token, whatever its worth.
    static std::string algorithm(const ReceivedCall& call) {
        const auto value = call.header("Authorization");
        if (value.empty()) return "unsigned";
        const auto token = wire::decode_jwt(value);
        return token ? token->alg : "broken";
    }

    /// What is wrong with the call's token; empty when all is well. `base_path` is the path of baseUrl.
    std::string check_times_and_qsh(const wire::DecodedJwt& token, const ReceivedCall& call,
                                    std::string_view base_path) const {
        if (const auto fault = wire::check_times(token, wall_now())) return fault->detail;
        const auto path = wire::without_base_path(call.path(), base_path);
        if (const auto fault = wire::check_qsh(token, wire::canonical_request(call.method, path, call.query())))
            return fault->detail;
        return token.iss == fixture.tenant().client_key ? "" : "another iss";
    }
    std::string check_hs256(const ReceivedCall& call, std::string_view secret, std::string_view base_path = "") const {
        const auto token = wire::decode_jwt(call.header("Authorization"));
        if (!token) return token.error().detail;
        if (const auto fault = wire::check_hs256_signature(*token, secret)) return fault->detail;
        return check_times_and_qsh(*token, call, base_path);
    }
    std::string check_rs256(const ReceivedCall& call, std::string_view audience,
                            std::string_view base_path = "") const {
        const auto token = wire::decode_jwt(call.header("Authorization"));
        if (!token) return token.error().detail;
        const auto snapshot = fixture.snapshot();
        const auto* key = snapshot->find_install_key(token->kid.value_or(""));
        if (key == nullptr) return "no such kid";
        if (const auto fault = wire::check_rs256_signature(*token, *wire::RsaKey::from_public_pem(key->public_pem)))
            return fault->detail;
        if (const auto fault = wire::check_audience(*token, audience)) return fault->detail;
        return check_times_and_qsh(*token, call, base_path);
    }

    /// An add-on that refuses every `installed` call that isn't signed like that.
    void take_only(std::string algorithm_taken) {
        receiver->answer = [algorithm_taken](const ReceivedCall& call) {
            const bool is_install = call.path() == "/installed" || call.path() == "/uninstalled";
            return ReceiverAnswer::status(!is_install || algorithm(call) == algorithm_taken ? 204 : 401);
        };
    }
    /// Answers `installed` as told, everything else with 204.
    void answer_installed(ReceiverAnswer reply) {
        receiver->answer = [reply](const ReceivedCall& call) {
            return call.path() == "/installed" ? reply : ReceiverAnswer::status(204);
        };
    }

    static std::string problem_member(const http::Problem& problem, std::string_view name) {
        for (const auto& [known, value] : problem.members)
            if (known == name) return value;
        return {};
    }

    testkit::EngineFixture fixture;
    LifecycleOptions options;
    std::vector<std::string> notices;
    std::unique_ptr<testkit::RecordingReceiver> receiver;
    std::unique_ptr<Lifecycle> lifecycle;

private:
    static std::string reveal(const Result<std::optional<registry::Secret>>& secret) {
        return secret && *secret ? std::string((*secret)->reveal()) : std::string();
    }
};

}  // namespace posthorn::lifecycle
