#include "sign/authorization.h"

#include <gtest/gtest.h>

#include "sign/recent_tokens.h"
#include "wire/jwt_check.h"
#include "wire/qsh.h"

namespace posthorn::sign {
namespace {

struct AuthorizationTest : testing::Test {
    AuthorizationTest() {
        installation.base_url = "https://a.example/app";
        installation.hmac = std::make_shared<wire::HmacKey>("s3cret");
        tenant.client_key = "client-1";
    }
    wire::DecodedJwt token() {
        auto decoded = wire::decode_jwt(value().value_or("").substr(4));
        EXPECT_TRUE(decoded) << to_string(decoded.error());
        return *std::move(decoded);
    }

    std::optional<std::string_view> value() { return tokens.authorization(request, installation, tenant, user, now); }

    RecentTokens tokens;
    SignedRequest request{"POST", "/app/hook?b=2&a=1", 4};
    registry::Installation installation;
    registry::Tenant tenant;
    model::ActingUser user;
    Moment now = from_epoch_ms(1'795'551'240'999);
};

TEST_F(AuthorizationTest, BindsTheTokenToTheRequestWithoutTheBasePath) {
    const auto decoded = token();
    EXPECT_EQ(decoded.iss, "client-1");
    EXPECT_EQ(decoded.iat, std::chrono::sys_seconds(std::chrono::seconds(1'795'551'240)));
    EXPECT_EQ(*decoded.exp - *decoded.iat, std::chrono::seconds(180));
    EXPECT_EQ(decoded.qsh, wire::text_of(wire::query_string_hash("POST", "/hook", "a=1&b=2")));
}

TEST_F(AuthorizationTest, NamesTheUserWhoActed) {
    user = {"fred", "k1", "acc1", "Fred \"F\""};
    EXPECT_EQ(token().sub, "acc1");
    EXPECT_NE(
        token().claims_json.find(R"("context":{"user":{"userKey":"k1","username":"fred","displayName":"Fred \"F\""}})"),
        std::string::npos);
    user.account_id.clear();
    EXPECT_EQ(token().sub, "k1");
    installation.migrations.gdpr = true;
    EXPECT_NE(token().claims_json.find(R"("context":{})"), std::string::npos);
}

TEST_F(AuthorizationTest, WhatATokenSaysChangesItAndNothingElse) {
    const auto other = [&](auto change) {
        const std::string before(value().value());
        change();
        const std::string after(value().value());
        EXPECT_EQ(after, authorization_with(request, *installation.hmac, installation, tenant, user, now));
        return after != before;
    };
    EXPECT_FALSE(other([] {}));
    EXPECT_FALSE(other([&] { now = from_epoch_ms(1'795'551'240'000); }));
    EXPECT_TRUE(other([&] { now += std::chrono::seconds(1); }));
    EXPECT_TRUE(other([&] { request.target = "/app/hook?b=2&a=2"; }));
    EXPECT_TRUE(other([&] { request.base_path_bytes = 0; }));
    EXPECT_TRUE(other([&] { user.account_id = "acc2"; }));
    EXPECT_TRUE(other([&] { user.display_name = "Fred"; }));
    EXPECT_TRUE(other([&] { installation.migrations.gdpr = true; }));
    EXPECT_TRUE(other([&] { tenant.client_key = "client-2"; }));
    EXPECT_TRUE(other([&] { installation.hmac = std::make_shared<wire::HmacKey>("rotated"); }));
}

TEST_F(AuthorizationTest, WithoutAuthenticationThereIsNoToken) {
    installation.authentication = registry::Authentication::none;
    EXPECT_FALSE(value());
    installation.authentication = registry::Authentication::jwt;
    installation.hmac = nullptr;
    EXPECT_FALSE(value());
}

TEST_F(AuthorizationTest, StandardWebhooksSignIdTimeAndBody) {
    wire::HmacKey key("s3cret");
    const auto lines = standard_webhooks_lines("id1", "{}", key, now);
    // printf 'id1.1795551240.{}' | openssl dgst -sha256 -hmac s3cret -binary | base64
    EXPECT_EQ(lines,
              "webhook-id: id1\r\nwebhook-timestamp: 1795551240\r\nwebhook-signature: "
              "v1,NvpLNUMAQDfkJImqX+uTAj4tXTgpvfXWTAwmqNld3Pk=\r\n");
}

}  // namespace
}  // namespace posthorn::sign
