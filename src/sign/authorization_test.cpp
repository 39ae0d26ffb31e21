#include "sign/authorization.h"

#include <gtest/gtest.h>

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
        const auto value = authorization(request, installation, tenant, user, now);
        auto decoded = wire::decode_jwt(std::string_view(value.value()).substr(4));
        EXPECT_TRUE(decoded) << to_string(decoded.error());
        return *std::move(decoded);
    }

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
    EXPECT_NE(token().claims_json.find(R"("context":{"user":{"userKey":"k1","username":"fred","displayName":"Fred \"F\""}})"),
              std::string::npos);
    user.account_id.clear();
    EXPECT_EQ(token().sub, "k1");
    installation.migrations.gdpr = true;
    EXPECT_NE(token().claims_json.find(R"("context":{})"), std::string::npos);
}

TEST_F(AuthorizationTest, WithoutAuthenticationThereIsNoToken) {
    installation.authentication = registry::Authentication::none;
    EXPECT_FALSE(authorization(request, installation, tenant, user, now));
    installation.authentication = registry::Authentication::jwt;
    installation.hmac = nullptr;
    EXPECT_FALSE(authorization(request, installation, tenant, user, now));
}

TEST_F(AuthorizationTest, StandardWebhooksSignIdTimeAndBody) {
    wire::HmacKey key("s3cret");
    const auto lines = standard_webhooks_lines("id1", "{}", key, now);
    // printf 'id1.1795551240.{}' | openssl dgst -sha256 -hmac s3cret -binary | base64
    EXPECT_EQ(lines, "webhook-id: id1\r\nwebhook-timestamp: 1795551240\r\nwebhook-signature: v1,NvpLNUMAQDfkJImqX+uTAj4tXTgpvfXWTAwmqNld3Pk=\r\n");
}

}  // namespace
}  // namespace posthorn::sign
