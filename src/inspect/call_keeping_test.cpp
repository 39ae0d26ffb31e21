#include "inspect/call_keeping.h"

#include <filesystem>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "wire/jwt.h"
#include "wire/qsh.h"

namespace posthorn::inspect {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using testing::HasSubstr;

const wire::RsaKey& install_key() {
    static const auto key = *wire::RsaKey::generate();
    return key;
}
const wire::RsaKey& strangers_key() {
    static const auto key = *wire::RsaKey::generate();
    return key;
}

constexpr std::string_view kBaseUrl = "https://posthorn.example/inspector/1";

struct CallKeepingTest : testing::Test {
    CallKeepingTest() {
        std::string pattern = (std::filesystem::temp_directory_path() / "posthorn-inspect-XXXXXX").string();
        folder = mkdtemp(pattern.data());
        auto opened = InspectorTables::open(folder + "/inspector.db", InspectorLimits{.hosts_max = 3});
        EXPECT_TRUE(opened);
        tables.emplace(*std::move(opened));
        Inspector inspector;
        inspector.id = "1";
        EXPECT_TRUE(tables->add(inspector));
    }
    ~CallKeepingTest() override {
        tables.reset();
        std::filesystem::remove_all(folder);
    }

    wire::Claims claims(std::string_view target, wire::QueryStringHash& hash) const {
        const auto mark = target.find('?');
        hash = wire::query_string_hash("POST", target.substr(0, mark),
                                       mark == std::string_view::npos ? "" : target.substr(mark + 1));
        wire::Claims claims{.iss = issuer,
                            .iat = std::chrono::floor<std::chrono::seconds>(now),
                            .exp = std::chrono::floor<std::chrono::seconds>(now) + wire::kTokenLifetime,
                            .qsh = wire::text_of(hash)};
        return claims;
    }
    std::string hs256(std::string_view target, std::string_view secret) const {
        wire::QueryStringHash hash{};
        wire::HmacKey key(secret);
        return "JWT " + wire::hs256_token(claims(target, hash), key);
    }
    std::string rs256(std::string_view target, const wire::RsaKey& key, std::string_view audience = kBaseUrl) const {
        wire::QueryStringHash hash{};
        auto said = claims(target, hash);
        said.aud = audience;
        return "JWT " + wire::rs256_token(said, key, "kid-1");
    }

    KeptCall keep(RecordedCall::Kind kind, std::string target, std::string body, std::string authorization) {
        IncomingCall incoming;
        incoming.inspector = "1";
        incoming.base_url = kBaseUrl;
        incoming.call.kind = kind;
        incoming.call.at = now;
        incoming.call.method = "POST";
        incoming.call.target = target;
        incoming.call.name = target.substr(1, target.find('?') - 1);
        if (!authorization.empty()) incoming.call.headers.emplace_back("Authorization", std::move(authorization));
        incoming.call.body = std::move(body);
        if (knows_key) incoming.install_key = install_key();
        else incoming.why_no_key = "nobody has it";
        auto kept = keep_call(*tables, master_key, std::move(incoming));
        EXPECT_TRUE(kept) << kept.error().detail;
        return *std::move(kept);
    }
    KeptCall install(const std::string& secret, std::string authorization, const std::string& client_key = "host-1") {
        auto body = fmt::format(R"({{"clientKey":"{}","sharedSecret":"{}","baseUrl":"https://host.example"}})",
                                client_key, secret);
        return keep(RecordedCall::Kind::lifecycle, "/installed", std::move(body), std::move(authorization));
    }
    KeptCall event(std::string authorization, std::string target = "/events/a?b=c") {
        return keep(RecordedCall::Kind::event, std::move(target), "{}", std::move(authorization));
    }
    json::value token_of_last() {
        const auto inspector = *tables->find("1");
        return json::parse(tables->call("1", inspector.last_number)->token);
    }
    std::string wrong() { return json::serialize(token_of_last().at("wrong")); }

    std::string folder;
    std::optional<InspectorTables> tables;
    registry::MasterKey master_key = *registry::MasterKey::from_bytes(std::string(32, 'k'));
    Moment now = from_epoch_ms(1'764'000'000'000);
    std::string issuer = "host-1";
    bool knows_key = true;
};

TEST_F(CallKeepingTest, ASignedInstallIsVerifiedAndItsSecretJudgesTheCallsBehindIt) {
    EXPECT_EQ(install("s3cret", rs256("/installed", install_key())).answer, 204);
    EXPECT_TRUE(tables->hosts("1")->front().is_verified);
    EXPECT_EQ(event(hs256("/events/a?b=c", "s3cret")).answer, 200);
    EXPECT_TRUE(token_of_last().at("ok").as_bool()) << wrong();
    EXPECT_EQ(token_of_last().at("signer").as_string(), "shared secret");
}

TEST_F(CallKeepingTest, TheSecretIsNeitherShownNorStoredInClear) {
    install("s3cret-s3cret", rs256("/installed", install_key()));
    EXPECT_EQ(tables->call("1", 1)->body,
              R"({"clientKey":"host-1","sharedSecret":"***","baseUrl":"https://host.example"})");
    EXPECT_THAT(tables->hosts("1")->front().sealed_secret, testing::Not(HasSubstr("s3cret")));
}

TEST_F(CallKeepingTest, TheFirstInstallCountsUnverifiedWhoeverSignedIt) {
    EXPECT_EQ(install("s3cret", "").answer, 204);
    EXPECT_FALSE(tables->hosts("1")->front().is_verified);
    EXPECT_FALSE(token_of_last().at("present").as_bool());
    event(hs256("/events/a?b=c", "s3cret"));
    EXPECT_TRUE(token_of_last().at("ok").as_bool());
}

TEST_F(CallKeepingTest, ASecondSecretIsTakenOnlyWhenVerified) {
    install("first", "");
    EXPECT_EQ(install("second", "").answer, 401);
    EXPECT_EQ(install("second", rs256("/installed", strangers_key())).answer, 401);
    EXPECT_EQ(install("second", hs256("/installed", "first")).answer, 401);
    EXPECT_EQ(install("second", rs256("/installed", install_key(), "https://other.example")).answer, 401);
    event(hs256("/events/a?b=c", "second"));
    EXPECT_THAT(wrong(), HasSubstr("signature"));
    EXPECT_EQ(install("second", rs256("/installed", install_key())).answer, 204);
    event(hs256("/events/a?b=c", "second"));
    EXPECT_TRUE(token_of_last().at("ok").as_bool());
}

TEST_F(CallKeepingTest, TheSameSecretAgainIsNoReplacement) {
    install("first", rs256("/installed", install_key()));
    EXPECT_EQ(install("first", "").answer, 204);
    EXPECT_TRUE(tables->hosts("1")->front().is_verified);
}

TEST_F(CallKeepingTest, AnInstallKeyVouchesForItsOwnHostAlone) {
    issuer = "host-2";
    install("mine", rs256("/installed", install_key()), "host-1");
    EXPECT_FALSE(tables->hosts("1")->front().is_verified);
}

TEST_F(CallKeepingTest, AnUnknownInstallKeyIsSaidToBeUnknown) {
    knows_key = false;
    EXPECT_EQ(install("s3cret", rs256("/installed", strangers_key())).answer, 204);
    EXPECT_FALSE(tables->hosts("1")->front().is_verified);
    EXPECT_THAT(wrong(), HasSubstr("the install key 'kid-1' is not known: nobody has it"));
}

TEST_F(CallKeepingTest, AWrongTokenIsKeptWithItsReason) {
    install("s3cret", "");
    EXPECT_EQ(event("").answer, 200);
    EXPECT_THAT(wrong(), HasSubstr("there is no token"));
    event("JWT rubbish");
    EXPECT_THAT(wrong(), HasSubstr("can't be read"));
    event(hs256("/events/other", "s3cret"));
    EXPECT_THAT(wrong(), HasSubstr("qsh"));
    const auto token = hs256("/events/a?b=c", "s3cret");
    now += 10min;
    event(token);
    EXPECT_THAT(wrong(), HasSubstr("expired"));
    issuer = "nobody";
    event(hs256("/events/a?b=c", "s3cret"));
    EXPECT_THAT(wrong(), HasSubstr("no secret is known for the clientKey 'nobody'"));
    EXPECT_EQ(tables->find("1")->last_number, 6U);
}

TEST_F(CallKeepingTest, AnInstallWithoutClientKeyIsRefusedAndKept) {
    const auto kept = keep(RecordedCall::Kind::lifecycle, "/installed", "{}", "");
    EXPECT_EQ(kept.answer, 400);
    EXPECT_EQ(kept.inspector.calls_kept, 1U);
}

TEST_F(CallKeepingTest, SoManyHostsAndNoMore) {
    for (const auto* host : {"host-1", "host-2", "host-3"}) EXPECT_EQ(install("s", "", host).answer, 204);
    EXPECT_EQ(install("s", "", "host-4").answer, 403);
    EXPECT_EQ(tables->hosts("1")->size(), 3U);
}

TEST_F(CallKeepingTest, AnUninstallCountsOnlyWithAToken) {
    install("s3cret", rs256("/installed", install_key()));
    const std::string body = R"({"clientKey":"host-1"})";
    keep(RecordedCall::Kind::lifecycle, "/uninstalled", body, "");
    EXPECT_TRUE(tables->hosts("1")->front().is_installed);
    keep(RecordedCall::Kind::lifecycle, "/uninstalled", body, rs256("/uninstalled", install_key()));
    EXPECT_FALSE(tables->hosts("1")->front().is_installed);
}

TEST_F(CallKeepingTest, ALongBodyIsCutAtTheEndOfACharacter) {
    std::string body(kBodyBytesKept - 1, 'a');
    body += "üüü";
    keep(RecordedCall::Kind::event, "/events/a", body, "");
    const auto call = tables->call("1", 1);
    EXPECT_EQ(call->body.size(), kBodyBytesKept - 1);
    EXPECT_EQ(call->body_bytes, body.size());
}

TEST_F(CallKeepingTest, HostileBodiesAreKeptAsTheyCame) {
    for (const std::string& body :
         {std::string("\xff\x00\x01", 3), std::string(100'000, '['), std::string("{\"a\":\"\xed\xa0\x80\"}")}) {
        keep(RecordedCall::Kind::event, "/events/a\xff", body, "JWT \xff.\xfe.");
        const auto call = tables->call("1", tables->find("1")->last_number);
        EXPECT_EQ(call->body, body);
        EXPECT_EQ(call->target, "/events/a\xff");
    }
}

}  // namespace
}  // namespace posthorn::inspect
