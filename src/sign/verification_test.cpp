#include "sign/verification.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wire/jwt.h"
#include "wire/qsh.h"

namespace posthorn::sign {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

const Moment kNow = from_epoch_ms(1'795'555'000'000);
constexpr std::string_view kSecret = "shared-secret";

struct VerificationTest : testing::Test {
    ReceivedRequest request{"POST", "https://a.example/app/hook?b=2&a=1%202&user_id=ada", "https://a.example/app/", ""};
    VerificationKey key{std::string(kSecret), std::nullopt};

    static std::string token_for(std::string_view canonical, std::chrono::seconds offset = 0s) {
        const auto hash = wire::hash_of_canonical_request(canonical);
        wire::Claims claims;
        claims.iss = "client";
        claims.iat = std::chrono::floor<std::chrono::seconds>(kNow) + offset;
        claims.exp = claims.iat + wire::kTokenLifetime;
        claims.qsh = wire::text_of(hash);
        wire::HmacKey hmac(kSecret);
        return wire::hs256_token(claims, hmac);
    }

    /// The three verdicts for a token made for `canonical`.
    Verification judge(std::string_view canonical, std::chrono::seconds offset = 0s) {
        request.token = token_for(canonical, offset);
        return verify(request, key, kNow);
    }
    std::string qsh_of(std::string_view canonical) { return judge(canonical).checks.at(2).wrong; }
};

constexpr std::string_view kRight = "POST&/hook&a=1%202&b=2&user_id=ada";

TEST_F(VerificationTest, ARightTokenPassesAllThreeChecks) {
    const auto verification = judge(kRight);
    EXPECT_TRUE(verification.is_ok());
    ASSERT_EQ(verification.checks.size(), 3U);
    EXPECT_EQ(verification.checks[0].name, "signature");
    EXPECT_EQ(verification.checks[1].name, "times");
    EXPECT_EQ(verification.checks[2].name, "qsh");
    EXPECT_EQ(verification.expected, kRight);
    request.token = "JWT " + request.token;
    EXPECT_TRUE(verify(request, key, kNow).is_ok());
}

TEST_F(VerificationTest, TheUrlMayBePathAndQueryAlone) {
    request.url = "/app/hook?b=2&a=1+2&user_id=ada";
    EXPECT_TRUE(judge(kRight).is_ok());
}

TEST_F(VerificationTest, TheSpecificationsExampleHolds) {
    request = {"GET",
               "http://localhost:2990/path/to/"
               "service?zee_last=param&repeated=parameter%201&first=param&repeated=parameter%202",
               "http://localhost:2990", ""};
    EXPECT_TRUE(judge("GET&/path/to/service&first=param&repeated=parameter%201,parameter%202&zee_last=param").is_ok());
}

TEST_F(VerificationTest, AnotherSecretIsAWrongSignatureAlone) {
    request.token = token_for(kRight);
    key.secret = "other";
    const auto verification = verify(request, key, kNow);
    EXPECT_FALSE(verification.checks[0].is_ok());
    EXPECT_TRUE(verification.checks[1].is_ok());
    EXPECT_TRUE(verification.checks[2].is_ok());
}

TEST_F(VerificationTest, ASecretCopiedWithItsLineEndIsRecognised) {
    request.token = token_for(kRight);
    key.secret = std::string(kSecret) + "\n";
    EXPECT_THAT(verify(request, key, kNow).checks[0].wrong, HasSubstr("white space"));
}

TEST_F(VerificationTest, TimesSayExpiredOrNotYetValidAndSpeakOfTheClock) {
    EXPECT_THAT(judge(kRight, -200s).checks[1].wrong, HasSubstr("expired"));
    EXPECT_TRUE(judge(kRight, -179s).checks[1].is_ok());
    EXPECT_TRUE(judge(kRight, 60s).checks[1].is_ok());
    const auto early = judge(kRight, 600s).checks[1].wrong;
    EXPECT_THAT(early, HasSubstr("not yet valid"));
    EXPECT_THAT(early, HasSubstr("10m in this machine's future"));
    EXPECT_THAT(judge(kRight, -600s).checks[1].wrong, HasSubstr("clock is ahead"));
    EXPECT_THAT(judge(kRight, -72h).checks[1].wrong, HasSubstr("old request"));
}

struct Mistake {
    std::string_view canonical;
    std::string_view part;
    std::string_view said;
};

TEST_F(VerificationTest, NamesTheMistakeBehindAWrongHash) {
    constexpr Mistake kMistakes[] = {
        {"POST&/app/hook&a=1%202&b=2&user_id=ada", "path", "base URL was not left out"},
        {"POST&/app/app/hook&a=1%202&b=2&user_id=ada", "path", "base URL"},
        {"POST&/hook/&a=1%202&b=2&user_id=ada", "path", "trailing slash"},
        {"POST&hook&a=1%202&b=2&user_id=ada", "path", "leading slash"},
        {"POST&https://a.example/hook&a=1%202&b=2&user_id=ada", "path", "scheme and host"},
        {"POST&&a=1%202&b=2&user_id=ada", "path", "path was left out"},
        {"GET&/hook&a=1%202&b=2&user_id=ada", "method", "GET"},
        {"post&/hook&a=1%202&b=2&user_id=ada", "method", "lower case"},
        {"POST&/hook&a=1+2&b=2&user_id=ada", "query", "'+'"},
        {"POST&/hook&a=1%25202&b=2&user_id=ada", "query", "encoded twice"},
        {"POST&/hook&b=2&a=1%202&user_id=ada", "query", "neither sorted"},
        {"POST&/hook&a=1 2&b=2&user_id=ada", "query", "not encoded"},
        {"POST&/hook&", "query", "query was left out"},
        {"POST&/hook&a=1%202&b=2", "query", "'user_id' was not there"},
    };
    for (const auto& [canonical, part, said] : kMistakes) {
        const auto verification = judge(canonical);
        const auto& wrong = verification.checks.at(2).wrong;
        EXPECT_THAT(wrong, HasSubstr("the " + std::string(part) + " differs")) << canonical;
        EXPECT_THAT(wrong, HasSubstr(std::string(said))) << canonical;
        EXPECT_THAT(wrong, HasSubstr(std::string(kRight))) << canonical;
        EXPECT_EQ(verification.signed_for, canonical);
    }
}

TEST_F(VerificationTest, FindsTwoMistakesAtOnce) {
    const auto wrong = qsh_of("GET&/app/hook&a=1%202&b=2&user_id=ada");
    EXPECT_THAT(wrong, HasSubstr("GET; and the path of the base URL"));
}

TEST_F(VerificationTest, KnowsAProxysPrefix) {
    request.base_url = "https://a.example";
    request.url = "/proxied/app/hook";
    EXPECT_THAT(qsh_of("POST&/hook&"), HasSubstr("'/proxied/app' before the path"));
}

TEST_F(VerificationTest, AParameterJwtIsLeftOutAndItsPresenceIsRecognised) {
    request.url = "/app/hook?jwt=abc&z=1";
    EXPECT_TRUE(judge("POST&/hook&z=1").is_ok());
    EXPECT_THAT(qsh_of("POST&/hook&jwt=abc&z=1"), HasSubstr("jwt was not left out"));
}

TEST_F(VerificationTest, AHashThatNothingExplainsShowsWhatWasExpected) {
    const auto verification = judge("POST&/elsewhere&");
    EXPECT_THAT(verification.checks[2].wrong, HasSubstr(std::string(kRight)));
    EXPECT_EQ(verification.signed_for, "");
}

TEST_F(VerificationTest, AContextTokenIsNamed) {
    wire::Claims claims;
    claims.iss = "client";
    claims.iat = std::chrono::floor<std::chrono::seconds>(kNow);
    claims.exp = claims.iat + wire::kTokenLifetime;
    claims.qsh = "context-qsh";
    wire::HmacKey hmac(kSecret);
    request.token = wire::hs256_token(claims, hmac);
    EXPECT_THAT(verify(request, key, kNow).checks[2].wrong, HasSubstr("context-qsh"));
}

TEST_F(VerificationTest, WithoutAReadableTokenAllThreeAreWrong) {
    for (const auto* token : {"", "JWT abc", "a.b.c"}) {
        request.token = token;
        const auto verification = verify(request, key, kNow);
        ASSERT_EQ(verification.checks.size(), 3U);
        for (const auto& check : verification.checks) EXPECT_FALSE(check.is_ok());
    }
}

TEST_F(VerificationTest, InstallTokensAreJudgedByThePublicKey) {
    const auto pair = wire::RsaKey::generate();
    ASSERT_TRUE(pair);
    const auto hash = wire::hash_of_canonical_request(kRight);
    wire::Claims claims;
    claims.iss = "client";
    claims.iat = std::chrono::floor<std::chrono::seconds>(kNow);
    claims.exp = claims.iat + wire::kTokenLifetime;
    claims.qsh = wire::text_of(hash);
    claims.aud = "https://a.example/app";
    request.token = wire::rs256_token(claims, *pair, "kid-1");
    EXPECT_THAT(verify(request, key, kNow).checks[0].wrong, HasSubstr("/install-keys/kid-1"));
    VerificationKey public_key;
    public_key.public_key = *pair;
    EXPECT_TRUE(verify(request, public_key, kNow).is_ok());
    request.token = token_for(kRight);
    EXPECT_FALSE(verify(request, public_key, kNow).checks[0].is_ok());
}

TEST_F(VerificationTest, ATokenWithoutAnAlgorithmIsAWrongSignature) {
    // {"alg":"none"} and the claims of a right token.
    const auto right = token_for(kRight);
    request.token = "eyJhbGciOiJub25lIn0" + right.substr(right.find('.'));
    request.token.resize(request.token.rfind('.') + 1);
    EXPECT_FALSE(verify(request, key, kNow).checks[0].is_ok());
}

}  // namespace
}  // namespace posthorn::sign
