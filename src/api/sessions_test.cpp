#include "api/sessions.h"

#include <gtest/gtest.h>

namespace posthorn::api {
namespace {

using namespace std::chrono_literals;

struct SessionsTest : testing::Test {
    static io::Address address(const char* text) { return io::asio::ip::make_address(text); }
    Moment now = from_epoch_ms(1'764'000'000'000);
    Sessions sessions{{.sessions_max = 4, .per_key_max = 2, .wrong_keys_max = 3, .peers_max = 2}};
};

TEST_F(SessionsTest, ATokenFindsItsSessionUntilItEnds) {
    const auto token = sessions.begin("key_a", now);
    ASSERT_NE(sessions.find(token.reveal(), now), nullptr);
    EXPECT_EQ(sessions.find(token.reveal(), now)->key_id, "key_a");
    EXPECT_EQ(sessions.find("another", now), nullptr);
    EXPECT_EQ(sessions.find("", now), nullptr);
    sessions.end(token.reveal());
    EXPECT_EQ(sessions.find(token.reveal(), now), nullptr);
}

TEST_F(SessionsTest, WhoHoldsASessionLearnsThatItIsOver) {
    int looked = 0;
    sessions.watch([&] { ++looked; });
    const auto token = sessions.begin("key_a", now);
    const auto held = sessions.find(token.reveal(), now);
    sessions.end("another");
    EXPECT_EQ(looked, 0);
    EXPECT_FALSE(held->is_over);
    sessions.end(token.reveal());
    EXPECT_EQ(looked, 1);
    EXPECT_TRUE(held->is_over);
    // Pushed out by later ones of its key.
    const auto first = sessions.begin("key_b", now);
    const auto pushed = sessions.find(first.reveal(), now);
    sessions.begin("key_b", now + 1s);
    sessions.begin("key_b", now + 2s);
    EXPECT_EQ(looked, 2);
    EXPECT_TRUE(pushed->is_over);
}

TEST_F(SessionsTest, ASessionEndsByItself) {
    const auto token = sessions.begin("key_a", now);
    const auto end = now + sessions.limits().lifetime;
    EXPECT_NE(sessions.find(token.reveal(), end - 1ms), nullptr);
    EXPECT_EQ(sessions.find(token.reveal(), end), nullptr);
}

TEST_F(SessionsTest, TwoSessionsHaveTwoTokens) {
    EXPECT_NE(sessions.begin("key_a", now).reveal(), sessions.begin("key_a", now).reveal());
}

TEST_F(SessionsTest, TheOldestOfAKeyMakesRoomForItsNewOne) {
    const auto first = sessions.begin("key_a", now);
    const auto other = sessions.begin("key_b", now);
    const auto second = sessions.begin("key_a", now + 1s);
    const auto third = sessions.begin("key_a", now + 2s);
    EXPECT_EQ(sessions.find(first.reveal(), now), nullptr);
    EXPECT_NE(sessions.find(second.reveal(), now), nullptr);
    EXPECT_NE(sessions.find(third.reveal(), now), nullptr);
    EXPECT_NE(sessions.find(other.reveal(), now), nullptr);
}

TEST_F(SessionsTest, ThereAreNeverMoreThanTheLimit) {
    for (int i = 0; i < 20; ++i) sessions.begin("key_" + std::to_string(i), now + std::chrono::seconds(i));
    EXPECT_EQ(sessions.size(), 4U);
}

TEST_F(SessionsTest, WhoGuessesKeysHasToWait) {
    const auto peer = address("192.0.2.1");
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(sessions.wait_of(peer, now), 0ms);
        sessions.note_wrong_key(peer, now);
    }
    EXPECT_EQ(sessions.wait_of(peer, now + 10s), 50s);
    EXPECT_EQ(sessions.wait_of(address("::ffff:192.0.2.1"), now + 10s), 50s);
    EXPECT_EQ(sessions.wait_of(address("192.0.2.2"), now), 0ms);
    EXPECT_EQ(sessions.wait_of(peer, now + 60s), 0ms);
    sessions.note_wrong_key(peer, now + 60s);
    EXPECT_EQ(sessions.wait_of(peer, now + 60s), 0ms);
}

TEST_F(SessionsTest, OneCustomersAddressesCountAsOnePeer) {
    for (const auto* peer : {"2001:db8:0:1::1", "2001:db8:0:1::2", "2001:db8:0:1:ffff::3"})
        sessions.note_wrong_key(address(peer), now);
    EXPECT_GT(sessions.wait_of(address("2001:db8:0:1::4"), now), 0ms);
    EXPECT_EQ(sessions.wait_of(address("2001:db8:0:2::4"), now), 0ms);
}

TEST_F(SessionsTest, AClockThatWasSetBackLocksNobodyOut) {
    const auto peer = address("192.0.2.1");
    for (int i = 0; i < 3; ++i) sessions.note_wrong_key(peer, now);
    EXPECT_LE(sessions.wait_of(peer, now - 24h), 60s);
}

TEST_F(SessionsTest, PeersAreForgottenBeforeTheyFillTheMemory) {
    for (int i = 0; i < 50; ++i)
        sessions.note_wrong_key(io::Address(io::asio::ip::address_v4(static_cast<unsigned>(i + 1))), now);
    // The last one is known all the same.
    const io::Address last(io::asio::ip::address_v4(50));
    for (int i = 0; i < 2; ++i) sessions.note_wrong_key(last, now);
    EXPECT_GT(sessions.wait_of(last, now), 0ms);
}

TEST_F(SessionsTest, TheCookieIsFoundAmongOthers) {
    const auto token = [](std::string_view cookies) {
        const std::vector<wire::Header> headers{{"cookie", cookies}};
        return std::string(session_token(headers));
    };
    EXPECT_EQ(token("posthorn_session=abc"), "abc");
    EXPECT_EQ(token("a=b; posthorn_session=abc; c=d"), "abc");
    EXPECT_EQ(token("xposthorn_session=abc"), "");
    EXPECT_EQ(token("posthorn_session"), "");
    EXPECT_EQ(token(";;=;posthorn_session=;"), "");
    EXPECT_EQ(session_token({}), "");
}

TEST_F(SessionsTest, TheCookieIsOfNoUseToScriptsAndOtherSites) {
    EXPECT_EQ(session_cookie("abc", 7 * 24h, CookieScope::any),
              "posthorn_session=abc; Path=/; Max-Age=604800; HttpOnly; SameSite=Strict");
    EXPECT_EQ(session_cookie("abc", 1h, CookieScope::https_only),
              "posthorn_session=abc; Path=/; Max-Age=3600; HttpOnly; SameSite=Strict; Secure");
    EXPECT_EQ(session_cookie("", 1h, CookieScope::any),
              "posthorn_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict");
}

}  // namespace
}  // namespace posthorn::api
