#include "io/resolver.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/read.hpp>

#include "io/ares_channel.h"
#include "io/name_cache.h"
#include "testkit/run_task.h"

namespace posthorn::io {
namespace {

using namespace std::chrono_literals;
using testkit::run_task;
using Udp = asio::ip::udp;
using Clock = std::chrono::steady_clock;

constexpr std::uint16_t kA = 1;
constexpr std::uint16_t kCname = 5;
constexpr std::uint16_t kAaaa = 28;

/// One record of an answer.
struct Record {
    std::uint16_t type;
    std::string data;  ///< An address, or the name that a CNAME leads to.
    std::uint32_t ttl = 60;
    std::string owner = {};  ///< Empty: the name asked for.
};

/// A name server on a free port of 127.0.0.1 that answers from a table.
class FakeNameServer {
public:
    enum class Manner { answer, stay_silent, send_garbage };
    struct Zone {
        std::vector<Record> records;
        int code = 0;  ///< RCODE: 2 SERVFAIL, 3 NXDOMAIN, 5 REFUSED.
        Manner manner = Manner::answer;
        bool is_truncated_over_udp = false;
    };

    explicit FakeNameServer(asio::io_context& context) : udp_(context), acceptor_(context) {
        // A port that is free for UDP may be taken for TCP.
        boost::system::error_code error = asio::error::address_in_use;
        for (int tries = 0; error && tries < 20; ++tries) {
            udp_ = Udp::socket(context, Udp::endpoint(asio::ip::address_v4::loopback(), 0));
            acceptor_ = Acceptor(context, Tcp::v4());
            acceptor_.bind(Endpoint(asio::ip::address_v4::loopback(), udp_.local_endpoint().port()), error);
        }
        acceptor_.listen();
        receive();
        accept();
    }

    std::string address() const { return "127.0.0.1:" + std::to_string(udp_.local_endpoint().port()); }
    int asked(const std::string& name) const {
        const auto found = asked_.find(name);
        return found == asked_.end() ? 0 : found->second;
    }

    std::map<std::string, Zone> zones;

private:
    void receive() {
        udp_.async_receive_from(asio::buffer(packet_), peer_,
                                [this](boost::system::error_code error, std::size_t size) {
                                    if (error) return;
                                    const auto answer = answer_to(std::string(packet_.data(), size), true);
                                    boost::system::error_code ignored;
                                    if (!answer.empty()) udp_.send_to(asio::buffer(answer), peer_, 0, ignored);
                                    receive();
                                });
    }

    void accept() {
        acceptor_.async_accept([this](boost::system::error_code error, Socket socket) {
            if (error) return;
            asio::co_spawn(acceptor_.get_executor(), serve(std::move(socket)), asio::detached);
            accept();
        });
    }

    Task<void> serve(Socket socket) {
        std::array<unsigned char, 2> length{};
        while (true) {
            const auto [no_length, ignored] = co_await asio::async_read(socket, asio::buffer(length), as_result);
            if (no_length) co_return;
            std::string query(static_cast<std::size_t>(length[0] << 8 | length[1]), '\0');
            const auto [no_query, count] = co_await asio::async_read(socket, asio::buffer(query), as_result);
            if (no_query) co_return;
            auto answer = answer_to(query, false);
            answer.insert(0, two(static_cast<std::uint16_t>(answer.size())));
            boost::system::error_code error;
            socket.write_some(asio::buffer(answer), error);
        }
    }

    static std::string two(std::uint16_t value) {
        return {static_cast<char>(value >> 8), static_cast<char>(value & 0xff)};
    }
    static std::string encoded(const std::string& name) {
        std::string wire;
        std::size_t start = 0;
        while (start < name.size()) {
            const auto end = std::min(name.find('.', start), name.size());
            wire += static_cast<char>(end - start);
            wire += name.substr(start, end - start);
            start = end + 1;
        }
        return wire + '\0';
    }

    std::string answer_to(const std::string& query, bool is_udp) {
        std::string name;
        std::size_t at = 12;
        while (at < query.size() && query[at] != 0) {
            const auto length = static_cast<unsigned char>(query[at]);
            if (!name.empty()) name += '.';
            name += query.substr(at + 1, length);
            at += length + 1u;
        }
        const auto question = query.substr(12, at + 5 - 12);
        const auto type = static_cast<std::uint16_t>(static_cast<unsigned char>(query[at + 2]));
        ++asked_[name];
        const auto found = zones.find(name);
        const Zone zone = found == zones.end() ? Zone{.records = {}, .code = 3} : found->second;
        if (zone.manner == Manner::stay_silent) return "";
        if (zone.manner == Manner::send_garbage) return query.substr(0, 2) + "\x81\x80" + std::string(200, '\xc0');

        std::string records;
        std::uint16_t count = 0;
        const bool is_truncated = is_udp && zone.is_truncated_over_udp;
        for (const auto& record : zone.records) {
            if ((record.type != type && record.type != kCname) || is_truncated) continue;
            std::string data;
            if (record.type == kA) {
                const auto bytes = asio::ip::make_address_v4(record.data).to_bytes();
                data.assign(bytes.begin(), bytes.end());
            } else if (record.type == kAaaa) {
                const auto bytes = asio::ip::make_address_v6(record.data).to_bytes();
                data.assign(bytes.begin(), bytes.end());
            } else {
                data = encoded(record.data);
            }
            records += record.owner.empty() ? std::string("\xc0\x0c") : encoded(record.owner);
            records += two(record.type) + two(1) + two(static_cast<std::uint16_t>(record.ttl >> 16)) +
                       two(static_cast<std::uint16_t>(record.ttl & 0xffff)) +
                       two(static_cast<std::uint16_t>(data.size())) + data;
            ++count;
        }
        const auto flags = static_cast<std::uint16_t>(0x8180 | zone.code | (is_truncated ? 0x0200 : 0));
        return query.substr(0, 2) + two(flags) + two(1) + two(count) + two(0) + two(0) + question + records;
    }

    Udp::socket udp_;
    Acceptor acceptor_;
    std::array<char, 2048> packet_{};
    Udp::endpoint peer_;
    std::map<std::string, int> asked_;
};

using Manner = FakeNameServer::Manner;

struct ResolverTest : testing::Test {
    asio::io_context context{1};
    FakeNameServer server{context};
    ResolverOptions options;
    std::unique_ptr<Resolver> resolver;

    ResolverTest() {
        options.servers = {server.address()};
        options.try_timeout = 5s;
        options.tries = 1;
    }

    Result<Resolved> resolve(const std::string& host) {
        if (!resolver) resolver = make_resolver(context, options);
        return run_task(context, resolver->resolve(host));
    }
    std::vector<std::string> addresses(const std::string& host) {
        const auto resolved = resolve(host);
        EXPECT_TRUE(resolved) << resolved.error().detail;
        std::vector<std::string> texts;
        if (!resolved) return texts;
        for (const auto& address : resolved->addresses) texts.push_back(address.to_string());
        return texts;
    }
    Errc failure(const std::string& host) {
        const auto resolved = resolve(host);
        EXPECT_FALSE(resolved) << host;
        return resolved ? Errc::io : resolved.error().code;
    }
};

using Texts = std::vector<std::string>;

TEST_F(ResolverTest, BothFamiliesComeInTurn) {
    server.zones["receiver.test"].records = {
        {kA, "192.0.2.1"}, {kA, "192.0.2.2"}, {kA, "192.0.2.3"}, {kAaaa, "2001:db8::1"}, {kAaaa, "2001:db8::2"}};
    EXPECT_EQ(addresses("receiver.test"), (Texts{"2001:db8::1", "192.0.2.1", "2001:db8::2", "192.0.2.2", "192.0.2.3"}));
}

TEST_F(ResolverTest, OneFamilyIsEnough) {
    server.zones["v4.test"].records = {{kA, "192.0.2.1"}};
    server.zones["v6.test"].records = {{kAaaa, "2001:db8::1"}};
    EXPECT_EQ(addresses("v4.test"), (Texts{"192.0.2.1"}));
    EXPECT_EQ(addresses("v6.test"), (Texts{"2001:db8::1"}));
}

TEST_F(ResolverTest, AnAliasIsFollowedAndItsTtlCounts) {
    server.zones["alias.test"].records = {
        {kCname, "real.test", 7}, {kA, "192.0.2.1", 60, "real.test"}, {kAaaa, "2001:db8::1", 60, "real.test"}};
    EXPECT_EQ(addresses("alias.test"), (Texts{"2001:db8::1", "192.0.2.1"}));
    EXPECT_EQ(resolve("alias.test")->ttl, 7s);
}

TEST_F(ResolverTest, NamesThatDoNotExistAreUnresolvedAndRememberedAsSuch) {
    EXPECT_EQ(failure("missing.test"), Errc::unresolved);
    const int asked = server.asked("missing.test");
    EXPECT_GT(asked, 0);
    EXPECT_EQ(failure("missing.test"), Errc::unresolved);
    EXPECT_EQ(server.asked("missing.test"), asked);
}

TEST_F(ResolverTest, AFailingNameServerIsUnresolved) {
    server.zones["servfail.test"].code = 2;
    server.zones["refused.test"].code = 5;
    server.zones["empty.test"].records = {};
    EXPECT_EQ(failure("servfail.test"), Errc::unresolved);
    EXPECT_EQ(failure("refused.test"), Errc::unresolved);
    EXPECT_EQ(failure("empty.test"), Errc::unresolved);
}

TEST_F(ResolverTest, GarbageIsNoAnswerAndHoldsNobodyUp) {
    server.zones["garbage.test"].manner = Manner::send_garbage;
    server.zones["good.test"].records = {{kA, "192.0.2.1"}};
    options.try_timeout = 100ms;
    const auto code = failure("garbage.test");
    EXPECT_TRUE(code == Errc::unresolved || code == Errc::timeout);
    EXPECT_EQ(addresses("good.test"), (Texts{"192.0.2.1"}));
}

TEST_F(ResolverTest, ManyAddressesAreKeptToABound) {
    for (int i = 0; i < 60; ++i) server.zones["many.test"].records.push_back({kA, "192.0.2." + std::to_string(i)});
    for (int i = 0; i < 30; ++i)
        server.zones["many.test"].records.push_back({kAaaa, "2001:db8::" + std::to_string(i + 1)});
    const auto found = addresses("many.test");
    ASSERT_EQ(found.size(), 64u);
    EXPECT_EQ(found[0], "2001:db8::1");
    EXPECT_EQ(found[1], "192.0.2.0");
}

TEST_F(ResolverTest, ATruncatedAnswerIsFetchedOverTcp) {
    server.zones["large.test"].records = {{kA, "192.0.2.1"}};
    server.zones["large.test"].is_truncated_over_udp = true;
    EXPECT_EQ(addresses("large.test"), (Texts{"192.0.2.1"}));
}

TEST_F(ResolverTest, ASilentServerForOneNameDoesNotHoldUpAnother) {
    server.zones["silent.test"].manner = Manner::stay_silent;
    server.zones["good.test"].records = {{kA, "192.0.2.1"}};
    resolver = make_resolver(context, options);
    std::optional<Result<Resolved>> silent;
    asio::co_spawn(context, resolver->resolve("silent.test"),
                   [&](std::exception_ptr, Result<Resolved> result) { silent.emplace(std::move(result)); });
    const auto start = Clock::now();
    EXPECT_EQ(addresses("good.test"), (Texts{"192.0.2.1"}));
    EXPECT_LT(Clock::now() - start, 2s);
    EXPECT_FALSE(silent);
    EXPECT_GT(server.asked("silent.test"), 0);
}

TEST_F(ResolverTest, TheDeadlineEndsWhatCAresWouldGoOnWaitingFor) {
    server.zones["silent.test"].manner = Manner::stay_silent;
    options.deadline = 100ms;
    const auto start = Clock::now();
    EXPECT_EQ(failure("silent.test"), Errc::timeout);
    EXPECT_GE(Clock::now() - start, 100ms);
    EXPECT_LT(Clock::now() - start, 3s);
}

TEST_F(ResolverTest, ADeadNameServerIsPassedOver) {
    FakeNameServer dead(context);
    dead.zones["good.test"].manner = Manner::stay_silent;
    server.zones["good.test"].records = {{kA, "192.0.2.1"}};
    options.servers = {dead.address(), server.address()};
    options.try_timeout = 50ms;
    EXPECT_EQ(addresses("good.test"), (Texts{"192.0.2.1"}));
    EXPECT_GT(dead.asked("good.test"), 0);
}

TEST_F(ResolverTest, NobodyListeningIsAFailure) {
    {
        const FakeNameServer gone(context);
        options.servers = {gone.address()};
    }
    options.try_timeout = 100ms;
    const auto code = failure("good.test");
    EXPECT_TRUE(code == Errc::unresolved || code == Errc::timeout);
}

TEST_F(ResolverTest, AnswersAreKeptForTheirTtlAndNotLonger) {
    options.ttl_min = 0ms;
    options.ttl_max = 100ms;
    server.zones["short.test"].records = {{kA, "192.0.2.1", 300}};
    EXPECT_EQ(addresses("short.test"), (Texts{"192.0.2.1"}));
    const int asked = server.asked("short.test");
    server.zones["short.test"].records = {{kA, "192.0.2.2", 0}};
    EXPECT_EQ(addresses("short.test"), (Texts{"192.0.2.1"}));
    EXPECT_EQ(server.asked("short.test"), asked);
    context.restart();
    context.run_for(120ms);
    EXPECT_EQ(addresses("short.test"), (Texts{"192.0.2.2"}));
    // A TTL of 0 is not kept with ttl_min 0.
    server.zones["short.test"].records = {{kA, "192.0.2.3", 0}};
    EXPECT_EQ(addresses("short.test"), (Texts{"192.0.2.3"}));
}

TEST_F(ResolverTest, WhoAsksForANameThatIsBeingLookedUpJoins) {
    server.zones["joined.test"].records = {{kA, "192.0.2.1"}};
    resolver = make_resolver(context, options);
    int answered = 0;
    for (int i = 0; i < 5; ++i) {
        asio::co_spawn(context, resolver->resolve(i % 2 == 0 ? "joined.test" : "JOINED.test."),
                       [&](std::exception_ptr, Result<Resolved> result) { answered += result ? 1 : 0; });
    }
    EXPECT_EQ(addresses("joined.test"), (Texts{"192.0.2.1"}));
    context.restart();
    context.poll();
    EXPECT_EQ(answered, 5);
    EXPECT_EQ(server.asked("joined.test"), 2);  // A and AAAA.
}

TEST_F(ResolverTest, MoreNamesAtOnceThanAllowedAreRefused) {
    options.queries_max = 1;
    server.zones["silent.test"].manner = Manner::stay_silent;
    resolver = make_resolver(context, options);
    asio::co_spawn(context, resolver->resolve("silent.test"), [](std::exception_ptr, Result<Resolved>) {});
    context.poll();
    EXPECT_EQ(failure("other.test"), Errc::full);
}

TEST_F(ResolverTest, LocalhostIsAlwaysLoopbackAndNeverAsked) {
    for (const char* host : {"localhost", "LOCALHOST", "localhost.", "a.localhost", "a.b.localhost"}) {
        server.zones[host].records = {{kA, "192.0.2.1"}};
        EXPECT_EQ(addresses(host), (Texts{"127.0.0.1", "::1"}));
        EXPECT_EQ(server.asked(host), 0);
    }
}

TEST_F(ResolverTest, AnAddressResolvesToItself) {
    EXPECT_EQ(addresses("192.0.2.7"), (Texts{"192.0.2.7"}));
    EXPECT_EQ(addresses("::1"), (Texts{"::1"}));
    EXPECT_EQ(addresses("::ffff:169.254.169.254"), (Texts{"::ffff:169.254.169.254"}));
    EXPECT_EQ(resolve("fe80::1%1")->addresses[0].to_v6().scope_id(), 1u);
}

TEST_F(ResolverTest, OtherSpellingsOfAddressesAreUnresolvedAndNeverAsked) {
    for (const char* host : {"2130706433", "0x7f000001", "0x7f.1", "127.1", "127.0.1", "0177.0.0.1", "017700000001",
                             "1.2.3.4.5", "0x7f.0.0.0x1", "127.0.0.1.", "256.256.256.256", "a.1", "a.0x", "a.0xfF"}) {
        server.zones[host].records = {{kA, "127.0.0.1"}};
        if (std::string(host) == "127.0.0.1.") {
            EXPECT_EQ(addresses(host), (Texts{"127.0.0.1"}));
        } else {
            EXPECT_EQ(failure(host), Errc::unresolved) << host;
        }
        EXPECT_EQ(server.asked(host), 0) << host;
    }
}

TEST_F(ResolverTest, WhatIsNoHostNameIsNeverAsked) {
    for (const std::string& host :
         {std::string(""), std::string("."), std::string("a..test"), std::string(".test"), std::string("a b.test"),
          std::string("a\0.test", 7), std::string("a/b"), std::string("[::1]"), std::string("bücher.test"),
          std::string("user@a.test"), std::string("a.test:80"), std::string(300, 'a')})
        EXPECT_EQ(failure(host), Errc::unresolved) << host;
}

TEST_F(ResolverTest, AResolverThatGoesFailsWhoWaits) {
    server.zones["silent.test"].manner = Manner::stay_silent;
    resolver = make_resolver(context, options);
    std::optional<Result<Resolved>> result;
    asio::co_spawn(context, resolver->resolve("silent.test"),
                   [&](std::exception_ptr, Result<Resolved> value) { result.emplace(std::move(value)); });
    context.restart();
    context.poll();
    resolver.reset();
    context.restart();
    context.run_for(50ms);
    ASSERT_TRUE(result);
    EXPECT_FALSE(*result);
}

TEST(NameCache, TheNameUnusedForLongestMakesRoom) {
    NameCache cache(2);
    const auto now = Clock::now();
    cache.keep("a", Resolved{}, now + 1min);
    cache.keep("b", Resolved{}, now + 1min);
    ASSERT_NE(cache.find("a", now), nullptr);
    cache.keep("c", Resolved{}, now + 1min);
    EXPECT_EQ(cache.size(), 2u);
    EXPECT_NE(cache.find("a", now), nullptr);
    EXPECT_EQ(cache.find("b", now), nullptr);
    EXPECT_NE(cache.find("c", now), nullptr);
    EXPECT_EQ(cache.find("c", now + 1min), nullptr);
    EXPECT_EQ(cache.size(), 1u);
}

TEST(AresChannel, ANameServerThatIsNoAddressIsRefused) {
    asio::io_context context{1};
    ResolverOptions options;
    options.servers = {"nonsense"};
    const auto channel = AresChannel::make(context, options);
    ASSERT_FALSE(channel);
    EXPECT_EQ(channel.error().code, Errc::invalid);
}

}  // namespace
}  // namespace posthorn::io
