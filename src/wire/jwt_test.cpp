#include "wire/jwt.h"

#include <gtest/gtest.h>

#include "wire/base64.h"
#include "wire/jwt_check.h"
#include "wire/qsh.h"

namespace posthorn::wire {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

const sys_seconds kIssued{seconds(1'700'000'000)};

Claims some_claims() {
    Claims claims;
    claims.iss = "client-key";
    claims.iat = kIssued;
    claims.exp = kIssued + kTokenLifetime;
    claims.qsh = "abc";
    return claims;
}

// One pair for all tests, for making one takes a while.
const RsaKey& pair() {
    static const RsaKey key = *RsaKey::generate();
    return key;
}

Moment after_issue(std::int64_t s) { return Moment(kIssued + seconds(s)); }

DecodedJwt decoded(std::string_view token) {
    auto made = decode_jwt(token);
    EXPECT_TRUE(made) << to_string(made.error());
    return *std::move(made);
}

std::string joined(std::string_view header, std::string_view claims, std::string_view signature = "x") {
    return base64url_encode(header) + "." + base64url_encode(claims) + "." + base64url_encode(signature);
}

std::string malformation(std::string_view token) {
    const auto made = decode_jwt(token);
    return made ? "" : made.error().detail;
}

// RFC 4231, test cases 1 and 2.
TEST(HmacKey, AgreesWithTheRfcAndCanBeUsedAgain) {
    HmacKey key("Jefe");
    for (int i = 0; i < 3; ++i) {
        const auto signature = key.sign("what do ya want for nothing?");
        EXPECT_EQ(base64url_encode({reinterpret_cast<const char*>(signature.data()), signature.size()}),
                  "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM");
    }
    HmacKey moved = std::move(key);
    EXPECT_EQ(moved.sign("Hi There"), HmacKey("Jefe").sign("Hi There"));
    EXPECT_EQ(HmacKey(std::string(20, '\x0b')).sign("Hi There")[0], 0xb0);
}

TEST(HmacKey, TakesAnEmptyAndAVeryLongSecret) {
    EXPECT_EQ(HmacKey("").sign("")[0], 0xb6);  // b613679a..., HMAC-SHA-256 of nothing with an empty key.
    EXPECT_EQ(HmacKey("").sign("")[1], 0x13);
    EXPECT_NE(HmacKey(std::string(1000, 'a')).sign("x"), HmacKey(std::string(1001, 'a')).sign("x"));
}

TEST(Hs256Token, IsWrittenAsSpecified) {
    HmacKey key("secret");
    auto claims = some_claims();
    claims.sub = "user \"1\"";
    claims.context_json = R"({"user":{"userKey":"k"}})";
    std::string text = "JWT ";
    append_hs256_token(text, claims, key);
    const DecodedJwt token = decoded(text);
    EXPECT_EQ(token.header_json, R"({"typ":"JWT","alg":"HS256"})");
    EXPECT_EQ(token.claims_json, R"({"iss":"client-key","iat":1700000000,"exp":1700000180,"qsh":"abc",)"
                                 R"("sub":"user \"1\"","context":{"user":{"userKey":"k"}}})");
    EXPECT_EQ(token.sub, "user \"1\"");
    EXPECT_FALSE(check_hs256_signature(token, "secret"));
}

TEST(Hs256Token, OfASecondCallDoesNotDependOnTheFirst) {
    HmacKey key("secret");
    const std::string first = hs256_token(some_claims(), key);
    auto other = some_claims();
    other.iss = "somebody else with a longer name";
    hs256_token(other, key);
    EXPECT_EQ(hs256_token(some_claims(), key), first);
}

TEST(Rs256Token, IsWrittenAsSpecified) {
    auto claims = some_claims();
    claims.aud = "https://addon.example/app";
    const DecodedJwt token = decoded(rs256_token(claims, pair(), "key-1"));
    EXPECT_EQ(token.header_json, R"({"typ":"JWT","alg":"RS256","kid":"key-1"})");
    EXPECT_EQ(token.claims_json, R"({"iss":"client-key","iat":1700000000,"exp":1700000180,"qsh":"abc",)"
                                 R"("aud":["https://addon.example/app"],"context":{}})");
    EXPECT_EQ(token.kid, "key-1");
    EXPECT_FALSE(check_rs256_signature(token, pair()));
    EXPECT_FALSE(check_audience(token, "https://addon.example/app"));
    EXPECT_EQ(check_audience(token, "https://addon.example")->kind, JwtFaultKind::audience_differs);
}

TEST(RsaKey, SurvivesPem) {
    const auto again = RsaKey::from_private_pem(pair().private_pem());
    ASSERT_TRUE(again);
    EXPECT_TRUE(again->is_pair());
    EXPECT_EQ(again->public_pem(), pair().public_pem());
    EXPECT_TRUE(pair().public_pem().starts_with("-----BEGIN PUBLIC KEY-----\n"));
    const auto readable = RsaKey::from_public_pem(pair().public_pem());
    ASSERT_TRUE(readable);
    EXPECT_FALSE(readable->is_pair());
    EXPECT_TRUE(readable->verifies("text", again->sign("text")));
    EXPECT_FALSE(readable->verifies("texts", again->sign("text")));
    EXPECT_FALSE(readable->verifies("text", ""));
}

TEST(RsaKey, GivesItsDerAsThePemHasIt) {
    std::string lines = pair().public_pem();
    lines.erase(0, lines.find('\n') + 1);
    lines.erase(lines.find("-----"));
    std::erase(lines, '\n');
    EXPECT_EQ(pair().public_der_base64(), lines);
    EXPECT_TRUE(base64_decode(lines));
}

TEST(RsaKey, RefusesOtherKeysAndNoKeys) {
    EXPECT_FALSE(RsaKey::from_public_pem(""));
    EXPECT_FALSE(RsaKey::from_private_pem("-----BEGIN PRIVATE KEY-----\nZm9v\n-----END PRIVATE KEY-----\n"));
    EXPECT_FALSE(RsaKey::from_private_pem(pair().public_pem()));
    EXPECT_FALSE(RsaKey::from_public_pem(pair().private_pem()));
    // Made with: openssl ecparam -name prime256v1 -genkey | openssl ec -pubout
    const auto elliptic = RsaKey::from_public_pem(
        "-----BEGIN PUBLIC KEY-----\n"
        "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEJNBFqho2968BX/vT8P3WQ/N7Tp6m\n"
        "VJPfqbKbe9o3re1/SD0VdxQqu+at0jDun0+847XntlXbMVnJw4W28AvNAA==\n"
        "-----END PUBLIC KEY-----\n");
    ASSERT_FALSE(elliptic);
    EXPECT_EQ(elliptic.error().detail, "the key is not an RSA key");
    // Made with: openssl genrsa 1024 | openssl rsa -pubout
    const auto weak = RsaKey::from_public_pem(
        "-----BEGIN PUBLIC KEY-----\n"
        "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDCEEsQfR4gCwGrmp1Dcel+aSlW\n"
        "DNqdKey4lJmHGcQ7Atl61aGnMvsdiUQleMzNHw0bSh8j6HHDVhoGzfwPb0geKnXu\n"
        "qkqiXhc7n3ccALgmz3Pgrh1XiYm8YEXi5+6w1RuvmGS0tj2z/q5XjlDhLLeXoiKZ\n"
        "y0USHV7Hv5nl65vkxQIDAQAB\n"
        "-----END PUBLIC KEY-----\n");
    ASSERT_FALSE(weak);
    EXPECT_EQ(weak.error().detail, "the RSA key has 1024 bits, at least 2048 are needed");
}

TEST(DecodeJwt, SaysWhatIsMalformed) {
    constexpr std::string_view header = R"({"alg":"HS256"})";
    EXPECT_EQ(malformation(""), "malformed token: it is empty");
    for (const std::string_view text : {"a", "a.b", "a.b.c.d", "JWT x"}) {
        EXPECT_EQ(malformation(text), "malformed token: it does not have three parts with dots between") << text;
    }
    EXPECT_EQ(malformation("=.e30.x"), "malformed token: the header is not base64url without padding");
    EXPECT_EQ(malformation(joined("{", "{}")),
              "malformed token: the header is not JSON: line 1, column 2: the text ends, expected a key in double "
              "quotes or `}`");
    EXPECT_EQ(malformation(joined("[]", "{}")), "malformed token: the header is not a JSON object");
    EXPECT_EQ(malformation(joined("{}", "{}")), "malformed token: the header has no `alg`");
    EXPECT_EQ(malformation(joined(R"({"alg":1})", "{}")), "malformed token: `alg` is not a string");
    EXPECT_EQ(malformation(joined(header, R"({"iss":"a","iss":"b"})")),
              "malformed token: the payload has the member `iss` twice");
    EXPECT_EQ(malformation(joined(header, R"({"exp":"1"})")),
              "malformed token: `exp` is not a number of seconds since 1970");
    EXPECT_EQ(malformation(joined(header, R"({"exp":1e300})")),
              "malformed token: `exp` is not a number of seconds since 1970");
    EXPECT_EQ(malformation(joined(header, R"({"aud":[1]})")),
              "malformed token: `aud` holds something that is not a string");
    EXPECT_EQ(malformation(joined(header, "{}", std::string(kTokenBytesMax, 'x'))),
              "malformed token: it is longer than 16384 bytes");
    EXPECT_EQ(malformation(joined(header, "{}")), "");
}

TEST(DecodeJwt, TakesTheSchemeInFrontAndOddButValidClaims) {
    const std::string token = joined(R"({"alg":"HS256"})", R"({"iat":1.9,"exp":2e3,"aud":"one","sub":null})");
    for (const std::string_view scheme : {"JWT ", "Bearer ", ""}) {
        const DecodedJwt made = decoded(std::string(scheme) + token);
        EXPECT_EQ(made.iat, sys_seconds(seconds(1)));
        EXPECT_EQ(made.exp, sys_seconds(seconds(2000)));
        EXPECT_EQ(made.aud, std::vector<std::string>{"one"});
        EXPECT_FALSE(made.sub);
    }
}

TEST(CheckSignature, RefusesAnotherSecretOrAChangedToken) {
    HmacKey key("secret");
    const std::string text = hs256_token(some_claims(), key);
    EXPECT_EQ(check_hs256_signature(decoded(text), "Secret")->kind, JwtFaultKind::wrong_signature);
    DecodedJwt changed = decoded(text);
    changed.signing_input[changed.signing_input.size() - 1] ^= 1;
    EXPECT_EQ(check_hs256_signature(changed, "secret")->kind, JwtFaultKind::wrong_signature);
    DecodedJwt cut = decoded(text);
    cut.signature.pop_back();
    EXPECT_EQ(check_hs256_signature(cut, "secret")->kind, JwtFaultKind::wrong_signature);
    cut.signature.clear();
    EXPECT_EQ(check_hs256_signature(cut, "secret")->kind, JwtFaultKind::wrong_signature);
}

TEST(CheckSignature, RefusesOtherAlgorithms) {
    const auto none = check_hs256_signature(decoded(joined(R"({"alg":"none"})", "{}", "")), "secret");
    ASSERT_TRUE(none);
    EXPECT_EQ(none->kind, JwtFaultKind::wrong_algorithm);
    EXPECT_EQ(none->detail, "alg is `none`, allowed are HS256 and RS256");
    // The classic trick: HS256 with the public key's text as its secret.
    HmacKey public_text(pair().public_pem());
    const DecodedJwt confused = decoded(hs256_token(some_claims(), public_text));
    EXPECT_EQ(check_rs256_signature(confused, pair())->kind, JwtFaultKind::wrong_algorithm);
    EXPECT_EQ(check_hs256_signature(decoded(rs256_token(some_claims(), pair(), "k")), "s")->kind,
              JwtFaultKind::wrong_algorithm);
    const auto other = RsaKey::generate();
    ASSERT_TRUE(other);
    EXPECT_EQ(check_rs256_signature(decoded(rs256_token(some_claims(), *other, "k")), pair())->kind,
              JwtFaultKind::wrong_signature);
}

TEST(CheckTimes, HasNoLeewayOnExp) {
    HmacKey key("secret");
    const DecodedJwt token = decoded(hs256_token(some_claims(), key));
    EXPECT_FALSE(check_times(token, after_issue(0)));
    EXPECT_FALSE(check_times(token, after_issue(179) + Millis(999)));
    EXPECT_EQ(check_times(token, after_issue(180))->kind, JwtFaultKind::expired);
    EXPECT_EQ(check_times(token, after_issue(255))->detail, "expired 75 s ago (exp 2023-11-14T22:16:20.000Z)");
}

TEST(CheckTimes, AllowsAMinuteOnIat) {
    HmacKey key("secret");
    const DecodedJwt token = decoded(hs256_token(some_claims(), key));
    EXPECT_FALSE(check_times(token, after_issue(-60)));
    const auto early = check_times(token, after_issue(-61));
    ASSERT_TRUE(early);
    EXPECT_EQ(early->kind, JwtFaultKind::not_yet_valid);
    EXPECT_EQ(early->detail,
              "not yet valid: iat is 61 s in the future (iat 2023-11-14T22:13:20.000Z), 60 s are allowed");
}

TEST(CheckTimes, NeedsBoth) {
    EXPECT_EQ(check_times(decoded(joined(R"({"alg":"HS256"})", R"({"iat":1})")), after_issue(0))->kind,
              JwtFaultKind::missing_times);
    EXPECT_EQ(check_times(decoded(joined(R"({"alg":"HS256"})", R"({"exp":9e9})")), after_issue(0))->kind,
              JwtFaultKind::missing_times);
    EXPECT_EQ(
        check_times(decoded(joined(R"({"alg":"HS256"})", R"({"iat":1,"exp":9e9,"nbf":8e9})")), after_issue(0))->kind,
        JwtFaultKind::not_yet_valid);
}

TEST(CheckQsh, ComparesWithTheRequest) {
    const std::string canonical = canonical_request("POST", "/hook", "a=1");
    const QueryStringHash hash = hash_of_canonical_request(canonical);
    HmacKey key("secret");
    auto claims = some_claims();
    claims.qsh = text_of(hash);
    const DecodedJwt token = decoded(hs256_token(claims, key));
    EXPECT_FALSE(check_qsh(token, canonical));
    const auto differs = check_qsh(token, canonical_request("POST", "/hook", "a=2"));
    ASSERT_TRUE(differs);
    EXPECT_EQ(differs->kind, JwtFaultKind::qsh_differs);
    EXPECT_NE(differs->detail.find("canonical request: POST&/hook&a=2"), std::string::npos);
    EXPECT_EQ(check_qsh(decoded(joined(R"({"alg":"HS256"})", "{}")), canonical)->kind, JwtFaultKind::missing_qsh);
    EXPECT_EQ(check_audience(token, "x")->kind, JwtFaultKind::missing_audience);
}

}  // namespace
}  // namespace posthorn::wire
