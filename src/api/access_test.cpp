#include "api/access.h"

#include <gtest/gtest.h>

namespace posthorn::api {
namespace {

struct AccessTest : testing::Test {
    AccessTest() {
        rules.mode = io::Mode::dev;
        rules.ports = {8080};
    }
    bool is_local(std::vector<wire::Header> headers, const char* peer = "127.0.0.1") {
        const AccessFacts facts{io::asio::ip::make_address(peer), "GET", headers, false};
        return is_local_dev(facts, rules);
    }
    bool is_own(std::vector<wire::Header> headers) {
        const AccessFacts facts{io::asio::ip::make_address("127.0.0.1"), "POST", headers, false};
        return has_own_origin(facts, rules);
    }
    AccessRules rules;
};

TEST_F(AccessTest, ThisMachinesOwnUserNeedsNoKeyInDev) {
    for (const char* host : {"localhost:8080", "LOCALHOST:8080", "127.0.0.1:8080", "127.1.2.3:8080", "[::1]:8080"})
        EXPECT_TRUE(is_local({{"Host", host}})) << host;
    EXPECT_TRUE(is_local({{"Host", "localhost:8080"}}, "::1"));
    EXPECT_TRUE(is_local({{"Host", "localhost:8080"}}, "::ffff:127.0.0.1"));
    EXPECT_TRUE(is_local({{"Host", "localhost:8080"}, {"Origin", "http://localhost:8080"}}));
}

TEST_F(AccessTest, OutsideDevEverybodyNeedsAKey) {
    rules.mode = io::Mode::production;
    EXPECT_FALSE(is_local({{"Host", "localhost:8080"}}));
}

TEST_F(AccessTest, AnotherMachineNeedsAKey) {
    EXPECT_FALSE(is_local({{"Host", "localhost:8080"}}, "192.168.1.7"));
    EXPECT_FALSE(is_local({{"Host", "localhost:8080"}}, "::ffff:10.0.0.1"));
}

TEST_F(AccessTest, ATunnelsVisitorNeedsAKey) {
    EXPECT_FALSE(is_local({{"Host", "my.tunnel.example"}}));
    for (const char* header : {"X-Forwarded-For", "x-forwarded-proto", "Forwarded", "via"})
        EXPECT_FALSE(is_local({{"Host", "localhost:8080"}, {header, "x"}})) << header;
    EXPECT_TRUE(is_local({{"Host", "localhost:8080"}, {"Viaduct", "x"}}));
}

TEST_F(AccessTest, AForeignPageNeedsAKey) {
    for (const char* origin : {"https://evil.example", "null", "http://localhost:3000", "https://localhost:8080", ""})
        EXPECT_FALSE(is_local({{"Host", "localhost:8080"}, {"Origin", origin}})) << origin;
}

TEST_F(AccessTest, ARebindingNameNeedsAKey) {
    for (const char* host :
         {"evil.example:8080", "localhost.evil.example:8080", "localhost", "localhost:80", "localhost:8081",
          "127.0.0.1.evil.example:8080", "", "[::1", "localhost:8080x", "0x7f.1:8080"})
        EXPECT_FALSE(is_local({{"Host", host}})) << host;
    EXPECT_FALSE(is_local({}));
}

TEST_F(AccessTest, TheOriginOfAChangeMustBeOurs) {
    EXPECT_TRUE(is_own({{"Host", "hooks.example"}}));
    EXPECT_TRUE(is_own({{"Host", "hooks.example"}, {"Origin", "http://hooks.example"}}));
    EXPECT_FALSE(is_own({{"Host", "hooks.example"}, {"Origin", "http://evil.example"}}));
    rules.public_origin = "https://hooks.example";
    EXPECT_TRUE(is_own({{"Host", "10.0.0.1:8080"}, {"Origin", "https://hooks.example"}}));
}

}  // namespace
}  // namespace posthorn::api
