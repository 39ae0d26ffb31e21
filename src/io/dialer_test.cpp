#include "io/dialer.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ssl/context.hpp>

#include "io/endpoint_text.h"
#include "testkit/certificates.h"
#include "testkit/run_task.h"

namespace posthorn::io {
namespace {

using namespace std::chrono_literals;
using model::Failure;
using testkit::run_task;
using Clock = std::chrono::steady_clock;

Address address(const std::string& text) { return asio::ip::make_address(text); }

/// Answers from a table; a name with no entry never gets an answer.
class TableResolver final : public Resolver {
public:
    explicit TableResolver(TimerWheel& wheel) : wheel_(wheel) {}

    Task<Result<Resolved>> resolve(std::string host) override {
        const auto found = table.find(host);
        if (found != table.end()) co_return found->second;
        co_await wheel_.sleep(1h);
        co_return fail(Errc::timeout, "never seen");
    }
    void put(const std::string& host, const std::vector<std::string>& texts) {
        Resolved resolved;
        for (const auto& text : texts) resolved.addresses.push_back(address(text));
        table.insert_or_assign(host, resolved);
    }

    std::map<std::string, Result<Resolved>> table;

private:
    TimerWheel& wheel_;
};

/// Records where it is sent. Connects to `redirect` instead where an endpoint has one, hangs at others that are
/// named so, and refuses the rest.
class RecordingConnector final : public Connector {
public:
    RecordingConnector(asio::io_context& context, TimerWheel& wheel)
        : wheel_(wheel), real_(make_connector(context, wheel)) {}

    Task<Result<Socket>> connect(Endpoint endpoint, std::chrono::milliseconds timeout) override {
        asked.push_back(to_text(endpoint));
        if (hangs.contains(asked.back())) {
            co_await wheel_.sleep(timeout);
            co_return fail(Errc::timeout, "did not answer in time");
        }
        if (const auto found = redirects.find(asked.back()); found != redirects.end())
            co_return co_await real_->connect(found->second, timeout);
        if (connects_really) co_return co_await real_->connect(endpoint, timeout);
        co_return fail(Errc::refused, "refused");
    }

    std::vector<std::string> asked;
    std::map<std::string, bool> hangs;
    std::map<std::string, Endpoint> redirects;
    bool connects_really = false;

private:
    TimerWheel& wheel_;
    std::unique_ptr<Connector> real_;
};

struct DialerTest : testing::Test {
    asio::io_context context{1};
    TimerWheel wheel{context};
    TableResolver resolver{wheel};
    RecordingConnector connector{context, wheel};
    Acceptor acceptor{context, Endpoint(asio::ip::address_v4::loopback(), 0)};
    std::unique_ptr<Dialer> dialer;
    Dialer::Options options;
    std::vector<Network> allowed;
    Mode mode = Mode::production;

    std::uint16_t port() const { return acceptor.local_endpoint().port(); }

    Dialed dial(DialTarget target) {
        if (!dialer) dialer = Dialer::make(resolver, connector, wheel, AddressRules(mode, allowed), options).value();
        return run_task(context, dialer->dial(std::move(target)));
    }
    DialTarget https(const std::string& host, std::uint16_t at = 443) {
        DialTarget target;
        target.host = host;
        target.port = at;
        return target;
    }
    DialTarget http(const std::string& host, std::uint16_t at) {
        auto target = https(host, at);
        target.is_https = false;
        return target;
    }
    void allow(const std::string& network) { allowed.push_back(Network::parse(network).value()); }
};

TEST_F(DialerTest, ConnectsToTheJudgedAddressAndTellsTheTimes) {
    mode = Mode::dev;
    connector.connects_really = true;
    resolver.put("receiver.test", {"127.0.0.1"});
    auto dialed = dial(http("receiver.test", port()));
    ASSERT_TRUE(dialed.stream) << dialed.failure.detail;
    EXPECT_EQ(dialed.failure.failure, Failure::none);
    EXPECT_EQ(dialed.stream->remote(), acceptor.local_endpoint());
    EXPECT_EQ(dialed.address, to_text(acceptor.local_endpoint()));
    EXPECT_GE(dialed.times.dns_us, 0);
    EXPECT_GE(dialed.times.connect_us, 0);
    EXPECT_EQ(dialed.times.tls_us, -1);
    EXPECT_FALSE(dialed.stream->is_tls());
}

// clang-format off: one a line would be two pages.
/// Answers that a hostile name server, or a descriptor with such a host, may bring.
const std::vector<std::vector<std::string>> kHostileAnswers = {
    {"127.0.0.1"}, {"127.0.0.2"}, {"127.1.2.3"}, {"127.255.255.254"}, {"::1"}, {"::ffff:127.0.0.1"}, {"::127.0.0.1"},
    {"0.0.0.0"}, {"0.0.0.1"}, {"::"}, {"::ffff:0.0.0.0"}, {"10.0.0.1"}, {"10.255.255.254"}, {"172.16.0.1"},
    {"172.31.255.254"}, {"192.168.0.1"}, {"192.168.255.254"}, {"::ffff:192.168.1.1"}, {"100.64.0.1"},
    {"100.127.255.254"}, {"169.254.169.254"}, {"169.254.170.2"}, {"169.254.1.1"}, {"::ffff:169.254.169.254"},
    {"fd00:ec2::254"}, {"100.100.100.200"}, {"192.0.0.192"}, {"168.63.129.16"}, {"192.0.0.1"}, {"192.0.2.1"},
    {"198.51.100.1"}, {"203.0.113.1"}, {"198.18.0.1"}, {"192.88.99.1"}, {"224.0.0.1"}, {"239.1.1.1"}, {"240.0.0.1"},
    {"255.255.255.255"}, {"fe80::1"}, {"fe80::1%1"}, {"fec0::1"}, {"fc00::1"}, {"fdff::1"}, {"ff02::1"}, {"100::1"},
    {"2001:db8::1"}, {"3fff::1"}, {"2001::1"}, {"2001:0:a9fe:a9fe::1"}, {"2001:0:101:101:0:0:80ff:fffe"},
    {"2002:7f00:1::1"}, {"2002:a9fe:a9fe::1"}, {"2002:c0a8:101::1"}, {"64:ff9b::7f00:1"}, {"64:ff9b::a9fe:a9fe"},
    {"64:ff9b::a00:1"}, {"64:ff9b:1::7f00:1"}, {"64:ff9b:1:7f00:0:100::"}, {"2606:4700::5efe:7f00:1"}, {"5f00::1"},
    {"4000::1"}, {"::ffff:0:7f00:1"}, {"127.0.0.1", "::1"}, {"10.0.0.1", "169.254.169.254", "fd00::1"},
};
// clang-format on

TEST_F(DialerTest, NoHostileAnswerIsConnectedTo) {
    ASSERT_GE(kHostileAnswers.size(), 60u);
    for (const auto& answer : kHostileAnswers) {
        resolver.put("evil.test", answer);
        for (const auto& target : {https("evil.test"), http("evil.test", 80)}) {
            const auto dialed = dial(target);
            EXPECT_FALSE(dialed.stream);
            EXPECT_EQ(dialed.failure.failure, Failure::address_forbidden) << answer[0];
            EXPECT_NE(dialed.failure.detail.find("evil.test"), std::string::npos);
            EXPECT_EQ(dialed.address, "");
        }
    }
    EXPECT_TRUE(connector.asked.empty()) << connector.asked[0];
}

TEST_F(DialerTest, HostileAddressesAmongPublicOnesAreDropped) {
    for (const auto& answer : kHostileAnswers) {
        auto mixed = answer;
        mixed.insert(mixed.begin() + static_cast<std::ptrdiff_t>(answer.size() / 2), "1.1.1.1");
        mixed.push_back("2606:4700::1111");
        resolver.put("mixed.test", mixed);
        connector.asked.clear();
        const auto dialed = dial(https("mixed.test"));
        EXPECT_EQ(dialed.failure.failure, Failure::refused);
        EXPECT_EQ(connector.asked, (std::vector<std::string>{"1.1.1.1:443", "[2606:4700::1111]:443"})) << answer[0];
    }
}

TEST_F(DialerTest, DevKeepsLinkLocalAndMetadataClosedUntilNamed) {
    mode = Mode::dev;
    for (const char* text :
         {"169.254.169.254", "169.254.1.1", "fe80::1", "fd00:ec2::254", "100.100.100.200", "0.0.0.0"}) {
        resolver.put("metadata.test", {text});
        EXPECT_EQ(dial(http("metadata.test", 80)).failure.failure, Failure::address_forbidden) << text;
    }
    EXPECT_TRUE(connector.asked.empty());
    dialer.reset();
    allow("169.254.169.254/32");
    resolver.put("metadata.test", {"169.254.169.254"});
    EXPECT_EQ(dial(http("metadata.test", 80)).failure.failure, Failure::refused);
    EXPECT_EQ(connector.asked, (std::vector<std::string>{"169.254.169.254:80"}));
}

TEST_F(DialerTest, PlainHttpNeedsDevOrANamedNetwork) {
    resolver.put("public.test", {"1.1.1.1"});
    const auto dialed = dial(http("public.test", 80));
    EXPECT_EQ(dialed.failure.failure, Failure::address_forbidden);
    EXPECT_NE(dialed.failure.detail.find("plain http"), std::string::npos);
    EXPECT_TRUE(connector.asked.empty());
    dialer.reset();
    allow("1.1.1.0/24");
    EXPECT_EQ(dial(http("public.test", 80)).failure.failure, Failure::refused);
    EXPECT_EQ(connector.asked, (std::vector<std::string>{"1.1.1.1:80"}));
}

TEST_F(DialerTest, Port0IsRefused) {
    mode = Mode::dev;
    resolver.put("receiver.test", {"127.0.0.1"});
    EXPECT_EQ(dial(http("receiver.test", 0)).failure.failure, Failure::address_forbidden);
    EXPECT_TRUE(connector.asked.empty());
}

TEST_F(DialerTest, AConnectionThatWentElsewhereIsNotUsed) {
    mode = Mode::dev;
    resolver.put("receiver.test", {"127.0.0.9"});
    connector.redirects.emplace("127.0.0.9:" + std::to_string(port()), acceptor.local_endpoint());
    const auto dialed = dial(http("receiver.test", port()));
    EXPECT_FALSE(dialed.stream);
    EXPECT_EQ(dialed.failure.failure, Failure::address_forbidden);
}

TEST_F(DialerTest, ProxiesOfTheEnvironmentPlayNoPart) {
    for (const char* name : {"http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"})
        ::setenv(name, "http://127.0.0.1:9", 1);
    mode = Mode::dev;
    connector.connects_really = true;
    resolver.put("receiver.test", {"127.0.0.1"});
    EXPECT_TRUE(dial(http("receiver.test", port())).stream);
    EXPECT_EQ(connector.asked, (std::vector<std::string>{to_text(acceptor.local_endpoint())}));
    for (const char* name : {"http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"})
        ::unsetenv(name);
}

TEST_F(DialerTest, FailuresOfNamesAreUnresolved) {
    resolver.table.insert_or_assign("missing.test", fail(Errc::unresolved, "there is no host missing.test"));
    resolver.put("empty.test", {});
    EXPECT_EQ(dial(https("missing.test")).failure.failure, Failure::unresolved);
    EXPECT_EQ(dial(https("missing.test")).failure.detail, "there is no host missing.test");
    EXPECT_EQ(dial(https("empty.test")).failure.failure, Failure::unresolved);
    auto silent = https("silent.test");
    silent.connect_timeout = 60ms;
    const auto start = Clock::now();
    const auto dialed = dial(silent);
    EXPECT_EQ(dialed.failure.failure, Failure::unresolved);
    EXPECT_GE(Clock::now() - start, 60ms);
    EXPECT_LT(Clock::now() - start, 3s);
}

TEST_F(DialerTest, NobodyListeningIsRefused) {
    mode = Mode::dev;
    connector.connects_really = true;
    resolver.put("receiver.test", {"127.0.0.1"});
    const auto free_port = port();
    acceptor.close();
    const auto dialed = dial(http("receiver.test", free_port));
    EXPECT_EQ(dialed.failure.failure, Failure::refused);
    EXPECT_NE(dialed.failure.detail.find("nothing listens there"), std::string::npos);
}

TEST_F(DialerTest, ASilentAddressIsATimeout) {
    mode = Mode::dev;
    resolver.put("one.test", {"127.0.0.1"});
    resolver.put("two.test", {"127.0.0.1", "127.0.0.2"});
    for (const char* text : {"127.0.0.1:80", "127.0.0.2:80"}) connector.hangs[text] = true;
    for (const char* host : {"one.test", "two.test"}) {
        auto target = http(host, 80);
        target.connect_timeout = 60ms;
        EXPECT_EQ(dial(target).failure.failure, Failure::connect_timeout) << host;
    }
}

TEST_F(DialerTest, TheNextAddressIsTriedAtOnceWhenOneFails) {
    mode = Mode::dev;
    options.next_address_after = 10s;
    connector.connects_really = true;
    Acceptor second(context, Endpoint(address("127.0.0.2"), port()));
    acceptor.close();
    resolver.put("receiver.test", {"127.0.0.1", "127.0.0.2"});
    const auto at = second.local_endpoint().port();
    const auto start = Clock::now();
    const auto dialed = dial(http("receiver.test", at));
    ASSERT_TRUE(dialed.stream) << dialed.failure.detail;
    EXPECT_LT(Clock::now() - start, 5s);
    EXPECT_EQ(dialed.address, to_text(second.local_endpoint()));
    EXPECT_EQ(connector.asked.size(), 2u);
}

TEST_F(DialerTest, TheNextAddressIsTriedWhenOneIsSlow) {
    mode = Mode::dev;
    options.next_address_after = 60ms;
    connector.connects_really = true;
    const auto at = ":" + std::to_string(port());
    connector.hangs["127.0.0.3" + at] = true;
    resolver.put("receiver.test", {"127.0.0.3", "127.0.0.1", "127.0.0.4"});
    const auto start = Clock::now();
    const auto dialed = dial(http("receiver.test", port()));
    ASSERT_TRUE(dialed.stream) << dialed.failure.detail;
    EXPECT_GE(Clock::now() - start, 60ms);
    EXPECT_EQ(dialed.stream->remote(), acceptor.local_endpoint());
    EXPECT_EQ(connector.asked, (std::vector<std::string>{"127.0.0.3" + at, "127.0.0.1" + at}));
}

TEST_F(DialerTest, TriesOnlySoManyAddresses) {
    std::vector<std::string> many;
    for (int i = 1; i <= 100; ++i) many.push_back("1.1.1." + std::to_string(i));
    resolver.put("many.test", many);
    EXPECT_EQ(dial(https("many.test")).failure.failure, Failure::refused);
    EXPECT_EQ(connector.asked.size(), 16u);
}

/// A receiver with TLS on loopback.
struct TlsDialerTest : DialerTest {
    static const testkit::CertificateAuthority& authority() {
        static const testkit::CertificateAuthority ours;
        return ours;
    }

    asio::ssl::context server{asio::ssl::context::tls_server};
    std::filesystem::path folder;

    TlsDialerTest() {
        mode = Mode::dev;
        connector.connects_really = true;
        resolver.put("localhost", {"127.0.0.1"});
        resolver.put("other.test", {"127.0.0.1"});
        resolver.put("127.0.0.1", {"127.0.0.1"});
        std::string made = (std::filesystem::temp_directory_path() / "posthorn-io-XXXXXX").string();
        folder = ::mkdtemp(made.data());
    }
    ~TlsDialerTest() override { std::filesystem::remove_all(folder); }

    void serve(const testkit::Certificate& certificate) {
        server.use_certificate_chain(asio::buffer(certificate.certificate_pem));
        server.use_private_key(asio::buffer(certificate.key_pem), asio::ssl::context::pem);
        asio::co_spawn(context, accept(), asio::detached);
    }
    Task<void> accept() {
        while (true) {
            auto [error, socket] = co_await acceptor.async_accept(as_result);
            if (error) co_return;
            asio::co_spawn(context, answer(std::make_shared<Stream>(std::move(socket), wheel)), asio::detached);
        }
    }
    Task<void> answer(std::shared_ptr<Stream> stream) {
        stream->expires_after(5s);
        const auto shaken = co_await stream->handshake_as_server(server);
        if (!shaken) co_return;
        const std::string greeting = "hello";
        const auto written = co_await stream->write(asio::buffer(greeting));
        if (!written) co_return;
        std::string rest(16, ' ');
        (void)co_await stream->read_some(asio::buffer(rest));
    }
    std::string file(const std::string& content) {
        const auto path = folder / "ca.pem";
        std::ofstream(path) << content;
        return path.string();
    }
    std::string greeting(Stream& stream) {
        std::string got(16, ' ');
        stream.expires_after(5s);
        const auto count = run_task(context, stream.read_some(asio::buffer(got)));
        return count ? got.substr(0, *count) : count.error().detail;
    }
    DialTarget with_ca(DialTarget target, const std::string& pem) {
        target.ca_pem = pem;
        return target;
    }
};

TEST_F(TlsDialerTest, TrustsTheCaFileAndVerifiesTheHost) {
    serve(authority().issue({}));
    options.ca_file = file(authority().pem());
    auto dialed = dial(https("localhost", port()));
    ASSERT_TRUE(dialed.stream) << dialed.failure.detail;
    EXPECT_TRUE(dialed.stream->is_tls());
    EXPECT_GE(dialed.times.tls_us, 0);
    EXPECT_EQ(greeting(*dialed.stream), "hello");
    EXPECT_TRUE(dial(https("127.0.0.1", port())).stream);
    const auto other = dial(https("other.test", port()));
    EXPECT_FALSE(other.stream);
    EXPECT_EQ(other.failure.failure, Failure::tls);
    EXPECT_NE(other.failure.detail.find("host name mismatch"), std::string::npos);
}

TEST_F(TlsDialerTest, DevVerifiesToo) {
    serve(authority().issue({}));
    const auto dialed = dial(https("localhost", port()));
    EXPECT_EQ(dialed.failure.failure, Failure::tls);
    EXPECT_NE(dialed.failure.detail.find("unknown authority"), std::string::npos) << dialed.failure.detail;
}

TEST_F(TlsDialerTest, AnAddOnsOwnAuthorityTakesThePlaceOfTheOthers) {
    serve(authority().issue({}));
    const testkit::CertificateAuthority stranger("Somebody else");
    options.ca_file = file(stranger.pem());
    EXPECT_TRUE(dial(with_ca(https("localhost", port()), authority().pem())).stream);
    EXPECT_TRUE(dial(with_ca(https("localhost", port()), "# two\n" + stranger.pem() + authority().pem())).stream);
    EXPECT_EQ(dial(https("localhost", port())).failure.failure, Failure::tls);
    EXPECT_EQ(dial(with_ca(https("localhost", port()), stranger.pem())).failure.failure, Failure::tls);
    EXPECT_EQ(dial(with_ca(https("other.test", port()), authority().pem())).failure.failure, Failure::tls);
}

TEST_F(TlsDialerTest, SessionsAreResumedButNotAcrossAuthorities) {
    serve(authority().issue({}));
    options.ca_file = file(authority().pem());
    const auto resumed = [&](DialTarget target) {
        const auto dialed = dial(std::move(target));
        EXPECT_TRUE(dialed.stream) << dialed.failure.detail;
        if (!dialed.stream) return false;
        EXPECT_EQ(greeting(*dialed.stream), "hello");
        return dialed.stream->is_tls_resumed();
    };
    EXPECT_FALSE(resumed(https("localhost", port())));
    EXPECT_TRUE(resumed(https("localhost", port())));
    EXPECT_FALSE(resumed(https("127.0.0.1", port())));
    EXPECT_FALSE(resumed(with_ca(https("localhost", port()), authority().pem())));
    EXPECT_TRUE(resumed(with_ca(https("localhost", port()), authority().pem())));
}

TEST_F(TlsDialerTest, AnUnusableAuthorityIsToldWithoutConnecting) {
    for (const char* pem : {"nonsense", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
                            "-----BEGIN CERTIFICATE-----\n!!!"}) {
        const auto dialed = dial(with_ca(https("localhost", port()), pem));
        EXPECT_EQ(dialed.failure.failure, Failure::tls);
        EXPECT_NE(dialed.failure.detail.find("\"ca\""), std::string::npos) << dialed.failure.detail;
    }
    EXPECT_TRUE(connector.asked.empty());
}

TEST_F(TlsDialerTest, AnUnusableCaFileIsToldAtTheStart) {
    const AddressRules rules(mode, {});
    options.ca_file = (folder / "missing.pem").string();
    const auto missing = Dialer::make(resolver, connector, wheel, rules, options);
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().code, Errc::io);
    EXPECT_EQ(missing.error().where, options.ca_file);
    options.ca_file = file("no certificate here");
    const auto empty = Dialer::make(resolver, connector, wheel, rules, options);
    ASSERT_FALSE(empty);
    EXPECT_EQ(empty.error().code, Errc::invalid);
    options.ca_file = folder.string();
    EXPECT_FALSE(Dialer::make(resolver, connector, wheel, rules, options));
}

TEST_F(TlsDialerTest, ASilentTlsServerIsAConnectTimeout) {
    auto target = https("localhost", port());  // Nobody accepts, but the kernel does.
    target.connect_timeout = 80ms;
    const auto dialed = dial(target);
    EXPECT_EQ(dialed.failure.failure, Failure::connect_timeout);
    EXPECT_NE(dialed.failure.detail.find("TLS"), std::string::npos);
    EXPECT_GE(dialed.times.tls_us, 0);
}

TEST(SocketConnector, AFullBacklogIsATimeout) {
    asio::io_context context{1};
    TimerWheel wheel(context);
    const auto connector = make_connector(context, wheel);
    Acceptor acceptor(context);
    const Endpoint any(asio::ip::address_v4::loopback(), 0);
    acceptor.open(any.protocol());
    acceptor.bind(any);
    acceptor.listen(1);
    // Nobody accepts: once the backlog is full, the kernel drops what asks for more.
    std::vector<Socket> opened;
    Errc code = Errc::io;
    for (int i = 0; i < 10 && code != Errc::timeout; ++i) {
        auto connected = run_task(context, connector->connect(acceptor.local_endpoint(), 60ms));
        if (connected) {
            opened.push_back(*std::move(connected));
        } else {
            code = connected.error().code;
        }
    }
    EXPECT_EQ(code, Errc::timeout);
}

}  // namespace
}  // namespace posthorn::io
