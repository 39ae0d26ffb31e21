#include "program/local_secret.h"

#include <gtest/gtest.h>

#include "wire/base64.h"
#include "wire/jwt_check.h"
#include "wire/jwt_keys.h"

namespace posthorn::program {
namespace {

/// A webhook call whose token, signed with another secret, was judged as said.
ReceivedCall call_with_token(const std::string& wrong) {
    ReceivedCall call;
    call.kind = ReceivedCall::Kind::webhook;
    wire::HmacKey host("the host's own secret");
    const std::string unsigned_token = "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJob3N0In0";
    const auto signature = host.sign(unsigned_token);
    call.headers = {{"content-type", "application/json"},
                    {"authorization",
                     "JWT " + unsigned_token + "." +
                         wire::base64url_encode({reinterpret_cast<const char*>(signature.data()), signature.size()})}};
    call.body = R"({"sharedSecret":"***"})";
    call.signer = "shared secret";
    call.verification.checks.push_back({"signature", wrong});
    return call;
}

bool is_signed_with(const ReceivedCall& call, const std::string& secret) {
    const auto token = wire::decode_jwt(call.header("Authorization").substr(4));
    wire::HmacKey key(secret);
    const auto signature = key.sign(token->signing_input);
    return token->signature == std::string_view(reinterpret_cast<const char*>(signature.data()), signature.size());
}

TEST(LocalSecretTest, IsTheSameForTheSameInspectorAndSaysNothingOfIt) {
    const LocalSecret secret("0123456789abcdef");
    EXPECT_EQ(secret.reveal().size(), 64u);
    EXPECT_EQ(secret.reveal(), LocalSecret("0123456789abcdef").reveal());
    EXPECT_NE(secret.reveal(), LocalSecret("0123456789abcdee").reveal());
    EXPECT_EQ(secret.reveal().find("0123456789abcdef"), std::string::npos);
}

TEST(LocalSecretTest, AValidTokenIsSignedAnewWithTheSameClaims) {
    const LocalSecret secret("a");
    const auto before = call_with_token("");
    const auto call = secret.put_into(before);
    EXPECT_TRUE(is_signed_with(call, secret.reveal()));
    EXPECT_EQ(wire::decode_jwt(call.header("Authorization").substr(4))->iss, "host");
    EXPECT_EQ(call.body, before.body) << "an event's payload is nobody's to change";
}

TEST(LocalSecretTest, AWrongTokenAndOneOfAnInstallKeyStayAsTheyAre) {
    const LocalSecret secret("a");
    const auto wrong = call_with_token("it does not fit");
    EXPECT_EQ(secret.put_into(wrong).headers, wrong.headers);
    auto install = call_with_token("");
    install.signer = "install key 1234";
    EXPECT_EQ(secret.put_into(install).headers, install.headers);
    auto none = call_with_token("");
    none.headers[1].second = "Basic YTpi";
    EXPECT_EQ(secret.put_into(none).headers, none.headers);
}

TEST(LocalSecretTest, AMaskedSecretOfALifecycleCallGivesWayToThisOne) {
    const LocalSecret secret("a");
    auto call = call_with_token("");
    call.kind = ReceivedCall::Kind::lifecycle;
    EXPECT_EQ(secret.put_into(call).body, "{\"sharedSecret\":\"" + secret.reveal() + "\"}");
    call.body = R"({"clientKey":"c"})";
    EXPECT_EQ(secret.put_into(call).body, call.body);
    call.body = "no JSON";
    EXPECT_EQ(secret.put_into(call).body, call.body);
}

}  // namespace
}  // namespace posthorn::program
