#include "io/stream.h"

#include <optional>
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ssl/context.hpp>

#include "io/tls_sessions.h"
#include "testkit/certificates.h"
#include "testkit/run_task.h"

namespace posthorn::io {
namespace {

using namespace std::chrono_literals;
using testkit::run_task;
using Clock = std::chrono::steady_clock;

/// Two streams that are connected to each other over loopback.
struct StreamTest : testing::Test {
    asio::io_context context{1};
    TimerWheel wheel{context};
    std::optional<Stream> near;
    std::optional<Stream> far;

    StreamTest() { connect(); }

    void connect() {
        Acceptor acceptor(context, Endpoint(asio::ip::address_v4::loopback(), 0));
        Socket first(context);
        first.connect(acceptor.local_endpoint());
        far.emplace(acceptor.accept(), wheel);
        near.emplace(std::move(first), wheel);
    }

    Result<std::size_t> read(Stream& stream, std::string& into) {
        into.resize(64 * 1024);
        auto count = run_task(context, stream.read_some(asio::buffer(into)));
        into.resize(count ? *count : 0);
        return count;
    }
    Result<void> write(Stream& stream, std::string_view bytes) {
        return run_task(context, stream.write(asio::buffer(bytes)));
    }
    /// Runs something in the background and keeps its result.
    template <class T>
    void start(Task<Result<T>> task, std::optional<Result<T>>& result) {
        asio::co_spawn(context, std::move(task),
                       [&result](std::exception_ptr, Result<T> value) { result.emplace(std::move(value)); });
    }
};

TEST_F(StreamTest, BytesArriveAndTheOrderlyEndIsZeroBytes) {
    ASSERT_TRUE(write(*near, "hello"));
    std::string got;
    ASSERT_TRUE(read(*far, got));
    EXPECT_EQ(got, "hello");
    near->close();
    EXPECT_FALSE(near->is_open());
    const auto end = read(*far, got);
    ASSERT_TRUE(end);
    EXPECT_EQ(*end, 0u);
}

TEST_F(StreamTest, HeadAndBodyArriveInOrder) {
    const std::string head = "head ";
    const std::string body = "body";
    ASSERT_TRUE(run_task(context, near->write(asio::buffer(head), asio::buffer(body))));
    std::string got;
    ASSERT_TRUE(read(*far, got));
    EXPECT_EQ(got, "head body");
}

TEST_F(StreamTest, MoreThanTheKernelTakesAtOnceArrivesWhole) {
    const std::string head(3'000'000, 'h');
    const std::string body(5'000'000, 'b');
    std::optional<Result<void>> written;
    start(near->write(asio::buffer(head), asio::buffer(body)), written);
    std::string all;
    while (all.size() < head.size() + body.size()) {
        std::string piece;
        ASSERT_TRUE(read(*far, piece));
        ASSERT_FALSE(piece.empty());
        all += piece;
    }
    EXPECT_TRUE(all == head + body);
    ASSERT_TRUE(written);
    EXPECT_TRUE(*written);
}

TEST_F(StreamTest, SmallWritesAreNotHeldBack) {
    Acceptor acceptor(context, Endpoint(asio::ip::address_v4::loopback(), 0));
    Socket socket(context);
    socket.connect(acceptor.local_endpoint());
    const int handle = socket.native_handle();
    const Stream stream(std::move(socket), wheel);
    int is_set = 0;
    socklen_t size = sizeof is_set;
    ASSERT_EQ(::getsockopt(handle, IPPROTO_TCP, TCP_NODELAY, &is_set, &size), 0);
    EXPECT_NE(is_set, 0);
}

TEST_F(StreamTest, AReadEndsAtTheDeadlineAndSoDoesEveryLaterOperation) {
    const auto start_at = Clock::now();
    near->expires_after(60ms);
    std::string got;
    const auto count = read(*near, got);
    ASSERT_FALSE(count);
    EXPECT_EQ(count.error().code, Errc::timeout);
    EXPECT_GE(Clock::now() - start_at, 60ms);
    const auto later = write(*near, "x");
    ASSERT_FALSE(later);
    EXPECT_EQ(later.error().code, Errc::timeout);
    const auto again = read(*near, got);
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, Errc::timeout);
    EXPECT_TRUE(near->is_stale());
}

TEST_F(StreamTest, ANewDeadlineLetsAServerSayWhyItCloses) {
    near->expires_after(1ms);
    std::string got;
    ASSERT_FALSE(read(*near, got));
    near->expires_after(5s);
    ASSERT_TRUE(write(*near, "too slow"));
    ASSERT_TRUE(read(*far, got));
    EXPECT_EQ(got, "too slow");
}

TEST_F(StreamTest, AWriteToOneWhoDoesNotReadEndsAtTheDeadline) {
    near->expires_after(80ms);
    const std::string much(32'000'000, 'x');
    const auto written = write(*near, much);
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().code, Errc::timeout);
}

TEST_F(StreamTest, AMovedDeadlineDoesNotEndAnything) {
    near->expires_after(1ms);
    near->expires_after(10s);
    std::optional<Result<std::size_t>> result;
    std::string got(16, ' ');
    start(near->read_some(asio::buffer(got)), result);
    context.restart();
    context.run_for(120ms);
    EXPECT_FALSE(result);
    near->expires_never();
    ASSERT_TRUE(write(*far, "late"));
    context.run_for(20ms);
    ASSERT_TRUE(result);
    EXPECT_TRUE(*result);
}

TEST_F(StreamTest, CloseEndsAReadThatIsUnderWay) {
    std::optional<Result<std::size_t>> result;
    std::string got(16, ' ');
    start(near->read_some(asio::buffer(got)), result);
    context.restart();
    context.poll();
    EXPECT_FALSE(result);
    near->close();
    context.restart();
    context.run_for(50ms);
    ASSERT_TRUE(result);
    ASSERT_FALSE(*result);
    EXPECT_EQ(result->error().code, Errc::broken);
    std::string more;
    const auto later = read(*near, more);
    ASSERT_FALSE(later);
    EXPECT_EQ(later.error().code, Errc::broken);
}

TEST_F(StreamTest, ADestroyedStreamEndsItsOperations) {
    std::optional<Result<std::size_t>> result;
    std::string got(16, ' ');
    near->expires_after(1ms);
    start(near->read_some(asio::buffer(got)), result);
    context.restart();
    context.poll();
    near.reset();
    context.restart();
    context.run_for(80ms);
    ASSERT_TRUE(result);
    ASSERT_FALSE(*result);
    EXPECT_EQ(result->error().code, Errc::broken);
}

TEST_F(StreamTest, ABrokenConnectionIsBroken) {
    // Closing with unread bytes resets the connection.
    ASSERT_TRUE(write(*near, "unread"));
    context.restart();
    context.poll();
    far->close();
    std::string got;
    const auto count = read(*near, got);
    ASSERT_FALSE(count);
    EXPECT_EQ(count.error().code, Errc::broken);
    const auto written = write(*near, "x");
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().code, Errc::broken);
}

TEST_F(StreamTest, AKeptConnectionIsStaleOnceThePeerClosedOrSpoke) {
    EXPECT_FALSE(near->is_stale());
    ASSERT_TRUE(write(*far, "unasked"));
    EXPECT_TRUE(near->is_stale());
    connect();
    EXPECT_FALSE(near->is_stale());
    far->close();
    EXPECT_TRUE(near->is_stale());
    connect();
    near->close();
    EXPECT_TRUE(near->is_stale());
}

TEST_F(StreamTest, FinishSendingLeavesTheOtherDirectionOpen) {
    ASSERT_TRUE(run_task(context, near->finish_sending()));
    std::string got;
    const auto end = read(*far, got);
    ASSERT_TRUE(end);
    EXPECT_EQ(*end, 0u);
    ASSERT_TRUE(write(*far, "answer"));
    ASSERT_TRUE(read(*near, got));
    EXPECT_EQ(got, "answer");
}

TEST_F(StreamTest, AMovedStreamKeepsItsDeadlineAndPeer) {
    near->expires_after(40ms);
    const auto remote = near->remote();
    Stream moved = std::move(*near);
    EXPECT_EQ(moved.remote(), remote);
    EXPECT_EQ(remote.address(), asio::ip::address_v4::loopback());
    std::string got;
    const auto count = read(moved, got);
    ASSERT_FALSE(count);
    EXPECT_EQ(count.error().code, Errc::timeout);
}

/// The same over TLS, with certificates made here.
struct TlsStreamTest : StreamTest {
    static const testkit::CertificateAuthority& authority() {
        static const testkit::CertificateAuthority ours;
        return ours;
    }

    asio::ssl::context server{asio::ssl::context::tls_server};
    asio::ssl::context client{asio::ssl::context::tls_client};

    TlsStreamTest() { client.add_certificate_authority(asio::buffer(authority().pem())); }

    void serve(const testkit::Certificate& certificate) {
        server.use_certificate_chain(asio::buffer(certificate.certificate_pem));
        server.use_private_key(asio::buffer(certificate.key_pem), asio::ssl::context::pem);
    }
    void serve(std::string names) {
        testkit::CertificateRequest request;
        request.alternative_names = std::move(names);
        serve(authority().issue(request));
    }

    std::optional<Result<void>> served;

    Result<void> shake(std::string host) {
        served.reset();
        near->expires_after(10s);
        far->expires_after(10s);
        start(far->handshake_as_server(server), served);
        auto shaken = run_task(context, near->handshake_as_client(client, std::move(host)));
        if (!shaken) near->close();
        const auto until = Clock::now() + 5s;
        while (!served && Clock::now() < until) context.run_one_until(until);
        return shaken;
    }

    /// What the client says of a handshake that has to fail with Errc::tls.
    std::string refusal(std::string host) {
        const auto shaken = shake(std::move(host));
        EXPECT_FALSE(shaken);
        if (shaken) return "";
        EXPECT_EQ(shaken.error().code, Errc::tls) << shaken.error().detail;
        return shaken.error().detail;
    }
};

TEST_F(TlsStreamTest, BytesGoBothWaysUntilTheOrderlyEnd) {
    serve("DNS:receiver.test");
    const auto shaken = shake("receiver.test");
    ASSERT_TRUE(shaken) << shaken.error().detail;
    ASSERT_TRUE(*served);
    EXPECT_TRUE(near->is_tls());
    EXPECT_FALSE(near->is_tls_resumed());
    const std::string head = "POST ";
    const std::string body(100'000, 'x');
    std::optional<Result<void>> written;
    start(near->write(asio::buffer(head), asio::buffer(body)), written);
    std::string all;
    while (all.size() < head.size() + body.size()) {
        std::string piece;
        ASSERT_TRUE(read(*far, piece));
        all += piece;
    }
    EXPECT_TRUE(all == head + body);
    ASSERT_TRUE(write(*far, "204"));
    std::string got;
    ASSERT_TRUE(read(*near, got));
    EXPECT_EQ(got, "204");
    EXPECT_FALSE(near->is_stale());

    std::optional<Result<void>> finished;
    start(far->finish_sending(), finished);
    const auto end = read(*near, got);
    ASSERT_TRUE(end);
    EXPECT_EQ(*end, 0u);
}

TEST_F(TlsStreamTest, AnEndWithoutCloseNotifyIsBroken) {
    serve("DNS:receiver.test");
    ASSERT_TRUE(shake("receiver.test"));
    far->close();
    std::string got;
    auto end = read(*near, got);
    ASSERT_FALSE(end);
    EXPECT_EQ(end.error().code, Errc::broken);
    EXPECT_TRUE(near->is_stale());
}

TEST_F(TlsStreamTest, TheHostNameHasToMatch) {
    serve("DNS:receiver.test");
    EXPECT_NE(refusal("other.test").find("host name mismatch"), std::string::npos);
    connect();
    EXPECT_NE(refusal("127.0.0.1").find("host name mismatch"), std::string::npos);
    connect();
    EXPECT_NE(refusal("sub.receiver.test").find("host name mismatch"), std::string::npos);
    connect();
    refusal("");
}

TEST_F(TlsStreamTest, AWildcardCoversOneLabel) {
    serve("DNS:*.receiver.test");
    EXPECT_TRUE(shake("a.receiver.test"));
    connect();
    refusal("a.b.receiver.test");
    connect();
    refusal("receiver.test");
}

TEST_F(TlsStreamTest, AnAddressIsComparedWithTheCertificatesAddresses) {
    serve("DNS:127.0.0.2,IP:127.0.0.1,IP:::1");
    EXPECT_TRUE(shake("127.0.0.1"));
    connect();
    EXPECT_TRUE(shake("::1"));
    connect();
    EXPECT_NE(refusal("127.0.0.2").find("host name mismatch"), std::string::npos);
}

TEST_F(TlsStreamTest, AnExpiredCertificateIsNamed) {
    testkit::CertificateRequest request;
    request.valid_to_seconds = -60;
    serve(authority().issue(request));
    EXPECT_NE(refusal("localhost").find("expired"), std::string::npos);
}

TEST_F(TlsStreamTest, ACertificateOfTheFutureIsNamed) {
    testkit::CertificateRequest request;
    request.valid_from_seconds = 600;
    serve(authority().issue(request));
    EXPECT_NE(refusal("localhost").find("not yet valid"), std::string::npos);
}

TEST_F(TlsStreamTest, ASelfSignedCertificateIsNamed) {
    serve(testkit::CertificateAuthority::self_signed({}));
    const auto detail = refusal("localhost");
    EXPECT_NE(detail.find("self-signed"), std::string::npos);
    EXPECT_NE(detail.find("--ca-file"), std::string::npos);
}

TEST_F(TlsStreamTest, AnUnknownAuthorityIsNamed) {
    const testkit::CertificateAuthority stranger("Somebody else");
    serve(stranger.issue({}));
    EXPECT_NE(refusal("localhost").find("unknown authority"), std::string::npos);
    // The server is told as well, and sees no connection.
    ASSERT_TRUE(served);
    EXPECT_FALSE(*served);
}

TEST_F(TlsStreamTest, OlderVersionsThanTls12AreRefused) {
    serve("DNS:receiver.test");
    SSL_CTX_set_min_proto_version(client.native_handle(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(client.native_handle(), TLS1_1_VERSION);
    EXPECT_FALSE(shake("receiver.test"));
    connect();
    asio::ssl::context modern(asio::ssl::context::tls_client);
    client = std::move(modern);
    client.add_certificate_authority(asio::buffer(authority().pem()));
    SSL_CTX_set_max_proto_version(client.native_handle(), TLS1_2_VERSION);
    EXPECT_TRUE(shake("receiver.test"));
}

TEST_F(TlsStreamTest, PlainHttpInPlaceOfTlsIsAWrongVersion) {
    ASSERT_TRUE(write(*far, "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"));
    const auto shaken = run_task(context, near->handshake_as_client(client, "localhost"));
    ASSERT_FALSE(shaken);
    EXPECT_EQ(shaken.error().code, Errc::tls);
    EXPECT_NE(shaken.error().detail.find("wrong version"), std::string::npos);
}

TEST_F(TlsStreamTest, AServerTellsPlainHttpFromTls) {
    serve("DNS:receiver.test");
    ASSERT_TRUE(write(*near, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    const auto shaken = run_task(context, far->handshake_as_server(server));
    ASSERT_FALSE(shaken);
    EXPECT_EQ(shaken.error().code, Errc::tls);
    EXPECT_NE(shaken.error().detail.find("plain http"), std::string::npos);
}

TEST_F(TlsStreamTest, APeerThatLeavesDuringTheHandshakeIsBroken) {
    far->close();
    const auto shaken = run_task(context, near->handshake_as_client(client, "localhost"));
    ASSERT_FALSE(shaken);
    EXPECT_EQ(shaken.error().code, Errc::broken);
}

TEST_F(TlsStreamTest, ASilentPeerEndsTheHandshakeAtTheDeadline) {
    near->expires_after(60ms);
    const auto shaken = run_task(context, near->handshake_as_client(client, "localhost"));
    ASSERT_FALSE(shaken);
    EXPECT_EQ(shaken.error().code, Errc::timeout);
}

TEST_F(TlsStreamTest, AReadOverTlsEndsAtTheDeadline) {
    serve("DNS:receiver.test");
    ASSERT_TRUE(shake("receiver.test"));
    near->expires_after(60ms);
    std::string got;
    const auto count = read(*near, got);
    ASSERT_FALSE(count);
    EXPECT_EQ(count.error().code, Errc::timeout);
}

TEST_F(TlsStreamTest, ADestroyedStreamEndsItsReadOverTls) {
    serve("DNS:receiver.test");
    ASSERT_TRUE(shake("receiver.test"));
    std::optional<Result<std::size_t>> result;
    std::string got(16, ' ');
    start(near->read_some(asio::buffer(got)), result);
    context.restart();
    context.poll();
    near.reset();
    context.restart();
    context.run_for(50ms);
    ASSERT_TRUE(result);
    ASSERT_FALSE(*result);
    EXPECT_EQ(result->error().code, Errc::broken);
}

TEST_F(TlsStreamTest, ASessionIsResumedForItsKeyAlone) {
    serve("DNS:receiver.test");
    const auto sessions = TlsSessions::make(2);
    TlsSessions::enable(client.native_handle());
    const auto once = [&](const std::string& key) {
        connect();
        near->expires_after(10s);
        std::optional<Result<void>> ready;
        start(far->handshake_as_server(server), ready);
        const auto shaken = run_task(context, near->handshake_as_client(client, "receiver.test", sessions, key));
        EXPECT_TRUE(shaken);
        const auto until = Clock::now() + 5s;
        while (!ready && Clock::now() < until) context.run_one_until(until);
        // The tickets of TLS 1.3 come with the first bytes.
        EXPECT_TRUE(write(*far, "x"));
        std::string got;
        EXPECT_TRUE(read(*near, got));
        return near->is_tls_resumed();
    };
    EXPECT_FALSE(once("receiver.test:443"));
    EXPECT_TRUE(once("receiver.test:443"));
    EXPECT_FALSE(once("receiver.test:8443"));
    EXPECT_EQ(sessions->size(), 2u);
    EXPECT_FALSE(once("receiver.test:9443"));
    EXPECT_EQ(sessions->size(), 2u);
    EXPECT_FALSE(once("receiver.test:443"));  // It made room.
}

}  // namespace
}  // namespace posthorn::io
