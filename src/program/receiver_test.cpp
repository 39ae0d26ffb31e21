#include "program/receiver.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "http/client.h"
#include "program/client.h"
#include "registry/descriptor.h"
#include "wire/jwt.h"
#include "wire/qsh.h"

namespace posthorn::program {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

struct ReceiverTest : testing::Test {
    void SetUp() override {
        auto made = Loop::make("");
        ASSERT_TRUE(made);
        loop = *std::move(made);
        key = std::make_unique<wire::RsaKey>(*wire::RsaKey::generate());
        const auto serve_key = [this](http::Exchange& exchange) -> io::Task<void> {
            http::Response response;
            response.status = exchange.path() == "/install-keys/kid-1" ? 200 : 404;
            response.body = key->public_pem();
            (void)co_await exchange.respond(std::move(response));
        };
        issuer = std::make_unique<http::Server>(loop->context(), loop->wheel(), serve_key, http::ServerOptions());
        const auto endpoints = issuer->listen("127.0.0.1:0", nullptr);
        ASSERT_TRUE(endpoints);
        issuer_url = "http://127.0.0.1:" + std::to_string(endpoints->front().port());
    }
    void TearDown() override {
        receiver.reset();
        issuer->close();
        loop->run_until([this] { return issuer->connections() == 0; }, 5s);
        issuer.reset();
    }

    void start(ReceiverOptions options = {}) {
        options.issuer = issuer_url;
        receiver = std::make_unique<Receiver>(*loop, catalogue, std::move(options),
                                              [this](const ReceivedCall& call) { calls.push_back(call); });
        const auto listening = receiver->listen();
        ASSERT_TRUE(listening) << to_string(listening.error());
    }

    wire::Claims claims_for(const wire::QueryStringHash& hash) const {
        wire::Claims claims;
        claims.iss = "client-1";
        claims.iat = std::chrono::floor<std::chrono::seconds>(wall_now());
        claims.exp = claims.iat + wire::kTokenLifetime;
        claims.qsh = wire::text_of(hash);
        return claims;
    }
    std::string signed_by(std::string_view secret, std::string_view path, std::string_view query = "") const {
        const auto hash = wire::query_string_hash("POST", path, query);
        wire::HmacKey hmac(secret);
        return "JWT " + wire::hs256_token(claims_for(hash), hmac);
    }
    std::string signed_install(const wire::RsaKey& with, std::string_view audience) const {
        const auto hash = wire::query_string_hash("POST", "/installed", "");
        auto claims = claims_for(hash);
        claims.aud = audience;
        return "JWT " + wire::rs256_token(claims, with, "kid-1");
    }
    unsigned post(const std::string& path, const std::string& token, const std::string& body = "{}") {
        auto client = Client::make(*loop, {receiver->base_url(), ""});
        EXPECT_TRUE(client);
        Call call{"POST", path, body};
        if (!token.empty()) call.headers.emplace_back("Authorization", token);
        const auto reply = client->send(call);
        EXPECT_TRUE(reply);
        return reply ? reply->status : 0;
    }
    static std::string install_body(const std::string& secret) {
        return R"({"key":"posthorn-receiver","clientKey":"client-1","sharedSecret":")" + secret +
               R"(","eventType":"installed"})";
    }

    catalogue::Catalogue catalogue;
    std::unique_ptr<Loop> loop;
    std::unique_ptr<wire::RsaKey> key;
    std::unique_ptr<http::Server> issuer;
    std::string issuer_url;
    std::vector<ReceivedCall> calls;
    std::unique_ptr<Receiver> receiver;
};

TEST_F(ReceiverTest, ServesADescriptorWithoutFaults) {
    start();
    const auto text = fetch_text(*loop, receiver->descriptor_url(), 1 << 20);
    ASSERT_TRUE(text) << to_string(text.error());
    registry::DescriptorRules rules;
    rules.plain_http = wire::PlainHttp::allowed;
    for (const auto product : catalogue::kProducts) {
        const auto report = registry::parse_descriptor(*text, product, catalogue, registry::TenantCustomTypes(), rules);
        ASSERT_TRUE(report.descriptor) << report.faults.front().message;
        EXPECT_TRUE(report.descriptor->migrations.signed_install);
        EXPECT_GE(report.descriptor->webhooks.size(), catalogue.types(product).size());
    }
}

TEST_F(ReceiverTest, ServesOnlyTheWebhooksAskedFor) {
    ReceiverOptions options;
    options.events = {"jira:issue_created", "my:own"};
    start(std::move(options));
    const auto descriptor = json::parse(receiver->descriptor());
    const auto& webhooks = descriptor.at("modules").at("webhooks").as_array();
    ASSERT_EQ(webhooks.size(), 2U);
    EXPECT_EQ(webhooks[0].at("url").as_string(), "/events/jira:issue_created?issue.key=${issue.key}");
    EXPECT_EQ(webhooks[1].at("url").as_string(), "/events/my:own");
}

TEST_F(ReceiverTest, KeepsTheSecretOfASignedInstallAndVerifiesCallsByIt) {
    start();
    EXPECT_EQ(post("/installed", signed_install(*key, receiver->base_url()), install_body("secret-1")), 204U);
    ASSERT_EQ(calls.size(), 1U);
    EXPECT_TRUE(calls[0].verification.is_ok());
    EXPECT_EQ(calls[0].signer, "install key kid-1");
    EXPECT_EQ(calls[0].body.find("secret-1"), std::string::npos);
    EXPECT_TRUE(receiver->is_installed());

    EXPECT_EQ(post("/events/jira:issue_created?issue.key=ABC-1",
                   signed_by("secret-1", "/events/jira:issue_created", "issue.key=ABC-1")),
              200U);
    ASSERT_EQ(calls.size(), 2U);
    EXPECT_EQ(calls[1].name, "jira:issue_created");
    EXPECT_TRUE(calls[1].verification.is_ok());
    EXPECT_EQ(calls[1].answered, 200U);
}

TEST_F(ReceiverTest, RefusesInstallsSignedByAnotherKeyOrForAnotherAddOn) {
    start();
    const auto other = wire::RsaKey::generate();
    ASSERT_TRUE(other);
    EXPECT_EQ(post("/installed", signed_install(*other, receiver->base_url()), install_body("stolen")), 401U);
    EXPECT_EQ(post("/installed", signed_install(*key, "https://other.example"), install_body("stolen")), 401U);
    EXPECT_FALSE(receiver->is_installed());
}

TEST_F(ReceiverTest, AFirstInstallMayBeUnsignedButNoSecondOne) {
    start();
    EXPECT_EQ(post("/installed", "", install_body("first")), 204U);
    EXPECT_EQ(post("/installed", "", install_body("second")), 401U);
    EXPECT_EQ(post("/events/jira:issue_created", signed_by("second", "/events/jira:issue_created")), 401U);
    EXPECT_EQ(post("/events/jira:issue_created", signed_by("first", "/events/jira:issue_created")), 200U);
    // A legacy re-install is signed with the secret before it.
    EXPECT_EQ(post("/installed", signed_by("first", "/installed"), install_body("third")), 204U);
    EXPECT_EQ(post("/events/jira:issue_created", signed_by("third", "/events/jira:issue_created")), 200U);
}

TEST_F(ReceiverTest, AnswersAWrongTokenWith401AndSaysWhy) {
    start();
    EXPECT_EQ(post("/installed", "", install_body("secret")), 204U);
    EXPECT_EQ(post("/events/page_created", signed_by("secret", "/events/page_created?x")), 401U);
    EXPECT_FALSE(calls.back().verification.checks.at(2).is_ok());
    EXPECT_EQ(post("/events/page_created", ""), 401U);
    EXPECT_NE(calls.back().verification.checks.at(0).wrong.find("no token"), std::string::npos);
}

TEST_F(ReceiverTest, PlaysAFailingSlowReceiver) {
    ReceiverOptions options;
    options.status = 503;
    options.delay = 150ms;
    start(std::move(options));
    const auto started = std::chrono::steady_clock::now();
    EXPECT_EQ(post("/events/jira:issue_created", ""), 503U);
    EXPECT_GE(std::chrono::steady_clock::now() - started, 150ms);
    EXPECT_EQ(calls.back().answered, 503U);
}

TEST_F(ReceiverTest, WhatIsNoneOfItsAddressesIsNotFound) {
    start();
    EXPECT_EQ(post("/elsewhere", ""), 404U);
    EXPECT_TRUE(calls.empty());
}

}  // namespace
}  // namespace posthorn::program
