#include "http/client.h"

#include <gmock/gmock.h>

#include "http/loopback_fixture.h"

namespace posthorn::http {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::StartsWith;

const std::string kGet = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

/// What came of one exchange with a peer that sends prepared bytes.
struct Met {
    Result<Answer> answer = Answer{};
    model::AttemptTimes times;
    bool is_reusable = false;
};

struct ClientTest : LoopbackTest {
    enum class Then { close, wait };

    io::Task<Met> meet(std::string bytes, Then then, AnswerLimits limits, std::string request,
                       std::chrono::milliseconds timeout) {
        io::Acceptor acceptor(context.get_executor(), io::Endpoint(io::asio::ip::address_v4::loopback(), 0));
        endpoint = acceptor.local_endpoint();
        auto stream = co_await connect();
        auto [error, socket] = co_await acceptor.async_accept(io::as_result);
        EXPECT_FALSE(error);
        io::Stream peer(std::move(socket), wheel);
        co_await send(peer, std::move(bytes));
        // Sent in order, so the client's request is not lost to a reset.
        if (then == Then::close) (void)co_await peer.finish_sending();

        ClientConnection connection(std::move(stream));
        Met met;
        met.answer =
            co_await connection.exchange(request, timeout, limits, std::chrono::steady_clock::now(), met.times);
        met.is_reusable = connection.is_reusable();
        co_return met;
    }

    Met meets(std::string bytes, Then then = Then::close, AnswerLimits limits = {}, std::string request = kGet,
              std::chrono::milliseconds timeout = 20s) {
        return run(meet(std::move(bytes), then, limits, std::move(request), timeout));
    }
};

TEST_F(ClientTest, ReadsAnAnswerWithALength) {
    const Met met = meets("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: b\r\n\r\nhello", Then::wait);
    ASSERT_TRUE(met.answer) << to_string(met.answer.error());
    EXPECT_EQ(met.answer->status, 200);
    EXPECT_EQ(met.answer->body, "hello");
    EXPECT_FALSE(met.answer->is_body_cut);
    EXPECT_TRUE(met.answer->keep_alive);
    EXPECT_EQ(met.answer->header("x-a"), "b");
    EXPECT_FALSE(met.answer->header("x-b"));
    EXPECT_TRUE(met.is_reusable);
    EXPECT_GE(met.times.first_byte_us, 0);
    EXPECT_GE(met.times.total_us, met.times.first_byte_us);
}

TEST_F(ClientTest, ReadsChunks) {
    const Met met =
        meets("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", Then::wait);
    ASSERT_TRUE(met.answer);
    EXPECT_EQ(met.answer->body, "abcde");
    EXPECT_TRUE(met.is_reusable);
}

TEST_F(ClientTest, ReadsUntilTheConnectionCloses) {
    const Met met = meets("HTTP/1.0 200 OK\r\n\r\nall of this");
    ASSERT_TRUE(met.answer);
    EXPECT_EQ(met.answer->body, "all of this");
    EXPECT_FALSE(met.answer->keep_alive);
    EXPECT_FALSE(met.is_reusable);
}

TEST_F(ClientTest, KnowsAnswersWithoutABody) {
    for (const char* head : {"HTTP/1.1 204 No Content\r\n\r\n", "HTTP/1.1 204\r\nContent-Length: 5\r\n\r\n",
                             "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n"}) {
        const Met met = meets(head, Then::wait);
        ASSERT_TRUE(met.answer) << head;
        EXPECT_EQ(met.answer->body, "");
    }
    const Met met =
        meets("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", Then::wait, {}, "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
    ASSERT_TRUE(met.answer);
    EXPECT_TRUE(met.is_reusable);
}

TEST_F(ClientTest, SkipsInterimAnswers) {
    const Met met = meets(
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 202 "
        "Accepted\r\nContent-Length: 0\r\n\r\n",
        Then::wait);
    ASSERT_TRUE(met.answer);
    EXPECT_EQ(met.answer->status, 202);
    EXPECT_FALSE(met.answer->header("Link"));
    std::string endless;
    for (int i = 0; i < 50; ++i) endless += "HTTP/1.1 102 Processing\r\n\r\n";
    EXPECT_EQ(meets(endless).answer.error().code, Errc::broken);
    EXPECT_EQ(meets("HTTP/1.1 101 Switching Protocols\r\n\r\n").answer.error().code, Errc::broken);
}

TEST_F(ClientTest, SaysWhatWasWrongWithAnAnswer) {
    const auto said = [this](std::string bytes) {
        const Met met = meets(std::move(bytes));
        EXPECT_FALSE(met.answer);
        EXPECT_EQ(met.answer.error().code, Errc::broken);
        EXPECT_FALSE(met.is_reusable);
        return met.answer.error().detail;
    };
    EXPECT_THAT(said("SSH-2.0-OpenSSH_9.2\r\n"), HasSubstr("does not begin with HTTP/1"));
    EXPECT_THAT(said(""), HasSubstr("closed without an answer"));
    EXPECT_THAT(said("HTTP/1.1 200 OK\r\nX:"), HasSubstr("in the middle of the answer's headers"));
    EXPECT_THAT(said("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"), HasSubstr("after 3 of the 9 bytes"));
    EXPECT_THAT(said("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"),
                HasSubstr("before its last chunk"));
    EXPECT_THAT(said("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nq\r\n"),
                HasSubstr("chunked body is malformed"));
    EXPECT_THAT(said("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"),
                HasSubstr("Transfer-Encoding"));
    EXPECT_THAT(said("HTTP/1.1 200 OK\r\nX: " + std::string(70'000, 'x')), HasSubstr("longer than"));
}

TEST_F(ClientTest, KeepsTheBeginningOfALongBody) {
    const AnswerLimits limits{.body_read_max = 1000, .body_kept_max = 10};
    const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: ";
    const Met within = meets(head + "1000\r\n\r\n" + std::string(1000, 'x'), Then::wait, limits);
    ASSERT_TRUE(within.answer);
    EXPECT_EQ(within.answer->body, std::string(10, 'x'));
    EXPECT_TRUE(within.answer->is_body_cut);
    EXPECT_TRUE(within.is_reusable);

    std::string chunk;
    wire::append_chunk(chunk, std::string(5000, 'x'));
    for (const std::string& answer : {head + "5000\r\n\r\n" + std::string(4000, 'x'),
                                      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk,
                                      "HTTP/1.1 200 OK\r\n\r\n" + std::string(4000, 'x')}) {
        const Met over = meets(answer, Then::wait, limits);
        ASSERT_TRUE(over.answer);
        EXPECT_EQ(over.answer->body, std::string(10, 'x'));
        EXPECT_TRUE(over.answer->is_body_cut);
        EXPECT_FALSE(over.answer->keep_alive);
        EXPECT_FALSE(over.is_reusable);

        AnswerLimits strict = limits;
        strict.too_long_is_error = true;
        EXPECT_EQ(meets(answer, Then::wait, strict).answer.error().code, Errc::too_large);
    }
}

TEST_F(ClientTest, DoesNotUseAConnectionAgainThatHasMoreThanItsAnswer) {
    const Met met = meets("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n", Then::wait);
    ASSERT_TRUE(met.answer);
    EXPECT_EQ(met.answer->body, "ok");
    EXPECT_FALSE(met.is_reusable);
    const Met closed = meets("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", Then::close);
    EXPECT_TRUE(closed.answer);
    EXPECT_FALSE(closed.is_reusable);
}

TEST_F(ClientTest, WaitsNoLongerThanItsTime) {
    for (const char* beginning : {"", "HTTP/1.1 200 OK\r\nX: ", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab"}) {
        const Met met = meets(beginning, Then::wait, {}, kGet, 100ms);
        ASSERT_FALSE(met.answer) << beginning;
        EXPECT_EQ(met.answer.error().code, Errc::timeout);
        EXPECT_FALSE(met.is_reusable);
    }
}

TEST_F(ClientTest, ADribbleOfBytesDoesNotMoveTheDeadline) {
    serve([](Exchange& exchange) -> io::Task<void> {
        (void)co_await exchange.start_stream(200, HeaderList());
        for (;;) {
            const auto written = co_await exchange.write_piece("x");
            if (!written) co_return;
        }
    });
    run([](ClientTest& test) -> io::Task<bool> {
        ClientConnection connection(co_await test.connect());
        model::AttemptTimes times;
        const AnswerLimits limits{.body_read_max = std::size_t{1} << 40};
        const auto answer = co_await connection.exchange(kGet, 200ms, limits, std::chrono::steady_clock::now(), times);
        EXPECT_FALSE(answer);
        if (!answer) {
            EXPECT_EQ(answer.error().code, Errc::timeout);
        }
        co_return true;
    }(*this));
}

TEST_F(ClientTest, TalksToTheServerManyTimesOnOneConnection) {
    serve([](Exchange& exchange) -> io::Task<void> {
        const auto body = co_await exchange.read_body(1 << 20);
        Response response;
        response.status = 201;
        response.body = body ? std::string(*body) : "?";
        (void)co_await exchange.respond(std::move(response));
    });
    run([](ClientTest& test) -> io::Task<bool> {
        ClientConnection connection(co_await test.connect());
        // Not a braced list in the for: g++ 12 does not keep its elements over a suspension.
        const std::vector<std::size_t> sizes{0, 10, 10'000, 60'000};
        for (const std::size_t size : sizes) {
            const std::string body(size, 'b');
            model::AttemptTimes times;
            const AnswerLimits limits{.body_kept_max = 64 * 1024};
            std::string request = write_request("POST", "/x", "a", HeaderList(), body);
            auto answer = co_await connection.exchange(request, 20s, limits, std::chrono::steady_clock::now(), times);
            EXPECT_TRUE(answer);
            if (!answer) co_return false;
            EXPECT_EQ(answer->status, 201);
            EXPECT_EQ(answer->body, body);
            EXPECT_TRUE(connection.is_reusable());
        }
        test.server->close();
        co_await test.wheel.sleep(1ms);
        EXPECT_FALSE(connection.is_reusable());
        co_return true;
    }(*this));
}

TEST_F(ClientTest, SeesTheAnswerOfAServerThatDoesNotReadTheRequest) {
    serve([](Exchange& exchange) -> io::Task<void> {
        Response response;
        response.status = 413;
        (void)co_await exchange.respond(std::move(response));
    });
    run([](ClientTest& test) -> io::Task<bool> {
        ClientConnection connection(co_await test.connect());
        model::AttemptTimes times;
        std::string request = write_request("POST", "/", "a", HeaderList(), std::string(12'000'000, 'x'));
        const auto answer =
            co_await connection.exchange(request, 20s, AnswerLimits(), std::chrono::steady_clock::now(), times);
        EXPECT_TRUE(answer);
        if (answer) {
            EXPECT_EQ(answer->status, 413);
        }
        co_return true;
    }(*this));
}

TEST(WriteRequestTest, WritesARequestInFull) {
    HeaderList headers;
    headers.emplace_back("X-A", "b");
    EXPECT_EQ(write_request("POST", "/p?q", "h:1", headers, "body"),
              "POST /p?q HTTP/1.1\r\nHost: h:1\r\nX-A: b\r\nContent-Length: 4\r\n\r\nbody");
    EXPECT_EQ(write_request("POST", "/", "h", {}, ""), "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n");
    EXPECT_EQ(write_request("GET", "/", "h", {}, ""), "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
}

/// A dialer that hands out what it was given.
struct OneDial final : io::Dialer {
    io::Dialed dialed;
    io::Task<io::Dialed> dial(io::DialTarget) override { co_return std::move(dialed); }
    void set_own_server(io::OwnServer) override {}
};

TEST_F(ClientTest, FetchesOverAConnectionOfItsOwn) {
    serve([](Exchange& exchange) -> io::Task<void> {
        Response response;
        response.body = "descriptor";
        (void)co_await exchange.respond(std::move(response));
    });
    OneDial dialer;
    dialer.dialed.stream = run(connect());
    dialer.dialed.address = "127.0.0.1:1";
    const Fetched fetched = run(fetch(dialer, io::DialTarget(), kGet, 20s, AnswerLimits()));
    ASSERT_TRUE(fetched.answer);
    EXPECT_EQ(fetched.answer->body, "descriptor");
    EXPECT_EQ(fetched.failure.failure, model::Failure::none);
    EXPECT_EQ(fetched.address, "127.0.0.1:1");
    EXPECT_GE(fetched.times.total_us, 0);
}

TEST_F(ClientTest, FetchTellsWhyItFailed) {
    serve([](Exchange&) -> io::Task<void> { co_return; });
    OneDial refused;
    refused.dialed.failure.failure = model::Failure::refused;
    refused.dialed.failure.detail = "nobody listens";
    const Fetched unanswered = run(fetch(refused, io::DialTarget(), kGet, 20s, AnswerLimits()));
    EXPECT_FALSE(unanswered.answer);
    EXPECT_EQ(unanswered.failure.failure, model::Failure::refused);
    EXPECT_EQ(unanswered.failure.detail, "nobody listens");

    OneDial slow;
    slow.dialed.stream = run(connect());
    const Fetched late = run(fetch(slow, io::DialTarget(), "GET / HTTP/1.1\r\n", 100ms, AnswerLimits()));
    EXPECT_EQ(late.failure.failure, model::Failure::answer_timeout);
}

}  // namespace
}  // namespace posthorn::http
