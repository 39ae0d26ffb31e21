#include "io/address_rules.h"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace posthorn::io {
namespace {

boost::asio::ip::address address(const std::string& text) { return boost::asio::ip::make_address(text); }

AddressRules rules(Mode mode, const std::vector<std::string>& allowed = {}) {
    std::vector<Network> networks;
    for (const auto& text : allowed) networks.push_back(Network::parse(text).value());
    return AddressRules(mode, std::move(networks));
}

/// What an address is, and whether --dev opens it.
struct Special {
    const char* address;
    const char* reason;
    bool dev_opens;
};

const Special kSpecial[] = {
    {"127.0.0.1", "loopback", true},
    {"127.0.0.53", "loopback", true},
    {"127.255.255.255", "loopback", true},
    {"::1", "loopback", true},
    {"::ffff:127.0.0.1", "loopback", true},
    {"10.0.0.0", "private", true},
    {"10.255.255.255", "private", true},
    {"172.16.0.1", "private", true},
    {"172.31.255.255", "private", true},
    {"192.168.0.1", "private", true},
    {"::ffff:10.1.2.3", "private", true},
    {"fc00::1", "unique local", true},
    {"fd12:3456:789a::1", "unique local", true},
    {"0.0.0.0", "this network", false},
    {"0.1.2.3", "this network", false},
    {"::ffff:0.0.0.0", "this network", false},
    {"::", "unspecified", false},
    {"100.64.0.1", "shared", false},
    {"100.127.255.255", "shared", false},
    {"100.100.100.200", "metadata", false},
    {"169.254.169.254", "metadata", false},
    {"::ffff:169.254.169.254", "metadata", false},
    {"::ffff:a9fe:a9fe", "metadata", false},
    {"169.254.170.2", "metadata", false},
    {"169.254.170.23", "metadata", false},
    {"169.254.42.42", "metadata", false},
    {"169.254.0.1", "link-local", false},
    {"169.254.255.255", "link-local", false},
    {"168.63.129.16", "metadata", false},
    {"192.0.0.192", "metadata", false},
    {"192.0.0.8", "protocol assignments", false},
    {"192.0.2.7", "documentation", false},
    {"192.52.193.1", "AMT", false},
    {"192.88.99.1", "6to4", false},
    {"198.18.0.1", "benchmarking", false},
    {"198.19.255.255", "benchmarking", false},
    {"198.51.100.9", "documentation", false},
    {"203.0.113.9", "documentation", false},
    {"224.0.0.1", "multicast", false},
    {"239.255.255.250", "multicast", false},
    {"240.0.0.1", "reserved", false},
    {"255.255.255.254", "reserved", false},
    {"255.255.255.255", "broadcast", false},
    {"fd00:ec2::254", "metadata", false},
    {"fd00:ec2::253", "metadata", false},
    {"fd20:ce::254", "metadata", false},
    {"fd00:42::42", "metadata", false},
    {"fe80::1", "link-local", false},
    {"fe80::1%1", "link-local", false},
    {"febf:ffff::1", "link-local", false},
    {"fec0::1", "site-local", false},
    {"feff::1", "site-local", false},
    {"ff02::1", "multicast", false},
    {"ff0e::1", "multicast", false},
    {"100::1", "discard", false},
    {"100:0:0:1::1", "reserved", false},
    {"2001:db8::1", "documentation", false},
    {"3fff::1", "documentation", false},
    {"3fff:fff:ffff::1", "documentation", false},
    {"2001:2::1", "protocol assignments", false},
    {"2001:10::1", "protocol assignments", false},
    {"2001:20::1", "protocol assignments", false},
    {"5f00::1", "reserved", false},
    {"4000::1", "reserved", false},
    {"::2", "IPv4-compatible", false},
    {"::127.0.0.1", "IPv4-compatible", false},
    {"::169.254.169.254", "IPv4-compatible", false},
    {"::8.8.8.8", "IPv4-compatible", false},
    {"::ffff:0:127.0.0.1", "reserved", false},  // IPv4-translated (SIIT), not mapped.
    {"64:ff9b::127.0.0.1", "NAT64, a loopback", true},
    {"64:ff9b::10.0.0.1", "NAT64, a private", true},
    {"64:ff9b::a9fe:a9fe", "NAT64, a cloud metadata", false},
    {"64:ff9b::100.64.0.1", "NAT64, a shared", false},
    {"64:ff9b::1:0:0", "reserved", false},
    {"64:ff9b:1::10.0.0.1", "local NAT64", false},
    {"64:ff9b:1:a9fe:a9:fe00::", "local NAT64", false},
    {"2002:7f00:1::1", "6to4, a loopback", true},
    {"2002:a00:1::1", "6to4, a private", true},
    {"2002:c0a8:101::1", "6to4, a private", true},
    {"2002:a9fe:a9fe::1", "6to4, a cloud metadata", false},
    {"2002:e000:1::", "6to4, a multicast", false},
    {"2001:0:808:808:0:0:80ff:fffe", "protocol assignments", false},  // Teredo, the client is 127.0.0.1.
    {"2001:0:7f00:1::1", "protocol assignments", false},
    {"2606:4700::5efe:10.0.0.1", "ISATAP, a private", true},
    {"2606:4700::200:5efe:169.254.169.254", "ISATAP, a cloud metadata", false},
};

const char* const kPublic[] = {
    "1.1.1.1",         "8.8.8.8",          "9.255.255.255",   "11.0.0.0",
    "100.63.255.255",  "100.128.0.0",      "126.255.255.255", "128.0.0.0",
    "169.253.255.255", "169.255.0.0",      "172.15.255.255",  "172.32.0.0",
    "192.0.1.0",       "192.167.255.255",  "192.169.0.0",     "198.17.255.255",
    "198.20.0.0",      "223.255.255.255",  "168.63.129.17",   "::ffff:1.1.1.1",
    "2606:4700::1111", "2a00:1450::1",     "2000::1",         "3ffe::1",
    "2001:200::1",     "64:ff9b::1.1.1.1", "2002:101:101::1", "2606:4700::5efe:1.1.1.1",
};

TEST(AddressRules, PublicAddressesAreAllowed) {
    for (const char* text : kPublic) {
        for (const auto mode : {Mode::production, Mode::dev}) {
            const auto checked = rules(mode).check(address(text));
            EXPECT_TRUE(checked) << text << ": " << checked.error().detail;
        }
    }
}

TEST(AddressRules, SpecialAddressesAreRefusedInProductionWithTheReason) {
    static_assert(std::size(kSpecial) >= 60);
    const auto production = rules(Mode::production);
    for (const auto& special : kSpecial) {
        const auto checked = production.check(address(special.address));
        ASSERT_FALSE(checked) << special.address;
        EXPECT_EQ(checked.error().code, Errc::forbidden);
        EXPECT_NE(checked.error().detail.find(special.reason), std::string::npos) << checked.error().detail;
        EXPECT_NE(checked.error().detail.find("--allow-receiver"), std::string::npos) << checked.error().detail;
        EXPECT_EQ(checked.error().detail.find("--dev") != std::string::npos, special.dev_opens)
            << checked.error().detail;
        EXPECT_FALSE(production.allows_plain_http(address(special.address)));
    }
}

TEST(AddressRules, DevOpensLoopbackAndPrivateAddressesOnly) {
    const auto dev = rules(Mode::dev);
    for (const auto& special : kSpecial) {
        EXPECT_EQ(bool(dev.check(address(special.address))), special.dev_opens) << special.address;
        EXPECT_TRUE(dev.allows_plain_http(address(special.address)));
    }
}

TEST(AddressRules, ANamedNetworkOpensWhateverItHolds) {
    for (const auto& special : kSpecial) {
        const std::string text(special.address);
        const auto bare = text.substr(0, text.find('%'));
        const auto named = rules(Mode::production, {bare});
        EXPECT_TRUE(named.check(address(text))) << text;
        EXPECT_TRUE(named.allows_plain_http(address(text))) << text;
    }
}

TEST(AddressRules, ANamedNetworkOpensExactlyItself) {
    const auto named = rules(Mode::production, {"10.1.0.0/16", "fe80::/10"});
    EXPECT_TRUE(named.check(address("10.1.0.0")));
    EXPECT_TRUE(named.check(address("10.1.255.255")));
    EXPECT_TRUE(named.check(address("::ffff:10.1.2.3")));
    EXPECT_TRUE(named.check(address("fe80::1%1")));
    EXPECT_FALSE(named.check(address("10.0.255.255")));
    EXPECT_FALSE(named.check(address("10.2.0.0")));
    EXPECT_FALSE(named.check(address("::ffff:10.2.0.0")));
    EXPECT_FALSE(named.check(address("127.0.0.1")));
    EXPECT_FALSE(named.check(address("169.254.169.254")));
    EXPECT_FALSE(named.check(address("2002:a01:203::1")));  // 10.1.2.3 by way of 6to4.
    EXPECT_FALSE(named.check(address("64:ff9b::10.1.2.3")));
    EXPECT_FALSE(named.allows_plain_http(address("1.1.1.1")));
    EXPECT_TRUE(named.allows_plain_http(address("10.1.2.3")));
}

TEST(AddressRules, AnIpv6NetworkDoesNotOpenIpv4) {
    const auto all_v6 = rules(Mode::production, {"::/0"});
    EXPECT_TRUE(all_v6.check(address("fe80::1")));
    EXPECT_FALSE(all_v6.check(address("127.0.0.1")));
    EXPECT_FALSE(all_v6.check(address("::ffff:127.0.0.1")));
    const auto all_v4 = rules(Mode::production, {"0.0.0.0/0"});
    EXPECT_TRUE(all_v4.check(address("::ffff:169.254.169.254")));
    EXPECT_FALSE(all_v4.check(address("::1")));
}

TEST(Network, ReadsNetworksOfBothFamilies) {
    EXPECT_TRUE(Network::parse("10.0.0.0/8")->contains(address("10.200.0.1")));
    EXPECT_TRUE(Network::parse("0.0.0.0/0")->contains(address("255.0.0.1")));
    EXPECT_TRUE(Network::parse("fd00::/8")->contains(address("fd12::1")));
    EXPECT_FALSE(Network::parse("fd00::/8")->contains(address("fc12::1")));
    EXPECT_TRUE(Network::parse("127.0.0.1")->contains(address("127.0.0.1")));
    EXPECT_FALSE(Network::parse("127.0.0.1")->contains(address("127.0.0.2")));
    EXPECT_TRUE(Network::parse("127.0.0.1/32")->contains(address("127.0.0.1")));
    EXPECT_TRUE(Network::parse("10.128.0.0/9")->contains(address("10.255.0.1")));
    EXPECT_FALSE(Network::parse("10.128.0.0/9")->contains(address("10.127.0.1")));
    EXPECT_TRUE(Network::parse("::ffff:10.0.0.0/104")->contains(address("10.9.9.9")));
}

TEST(Network, RefusesWhatIsNoNetworkAndShowsOne) {
    for (const char* text : {"", "/", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/08", "10.0.0.0/8x",
                             "10.0.0.0/8/8", "10/8", "10.0.0/8", "0x0a.0.0.0/8", "010.0.0.0/8", "fd00::/129",
                             "fd00::/ 8", "fe80::1%1/128", "localhost", "[fd00::]/8", "10.0.0.0 /8", "*"}) {
        const auto parsed = Network::parse(text);
        ASSERT_FALSE(parsed) << text;
        EXPECT_EQ(parsed.error().code, Errc::invalid);
        EXPECT_NE(parsed.error().detail.find("10.0.0.0/8"), std::string::npos);
    }
}

TEST(Network, HostBitsAreAFaultThatShowsTheNetworkMeant) {
    const auto v4 = Network::parse("10.0.0.1/8");
    ASSERT_FALSE(v4);
    EXPECT_NE(v4.error().detail.find("you may mean 10.0.0.0/8"), std::string::npos) << v4.error().detail;
    const auto v6 = Network::parse("fd00::1/8");
    ASSERT_FALSE(v6);
    EXPECT_NE(v6.error().detail.find("you may mean fd00::/8"), std::string::npos) << v6.error().detail;
}

}  // namespace
}  // namespace posthorn::io
