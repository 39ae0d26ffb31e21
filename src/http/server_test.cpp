#include "http/server.h"

#include <gmock/gmock.h>

#include "http/loopback_fixture.h"

namespace posthorn::http {
namespace {

using namespace std::chrono_literals;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

/// Answers with what it saw of the request.
io::Task<void> echo(Exchange& exchange) {
    const auto body = co_await exchange.read_body(1 << 20);
    if (!body) co_return;
    Response response;
    response.headers.emplace_back("X-Path", exchange.path());
    response.headers.emplace_back("X-Query", exchange.query());
    response.body = std::string(exchange.head().method) + " " + std::string(*body);
    (void)co_await exchange.respond(std::move(response));
}

io::Task<void> ignore_body(Exchange& exchange) {
    Response response;
    response.status = 401;
    response.body = "who are you";
    (void)co_await exchange.respond(std::move(response));
}

struct ServerTest : LoopbackTest {};

TEST_F(ServerTest, AnswersARequest) {
    serve(echo);
    const std::string answer = talk("POST /a?b=c HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\nDate: "));
    EXPECT_THAT(answer, HasSubstr("\r\nX-Path: /a\r\nX-Query: b=c\r\nContent-Length: 10\r\n\r\nPOST hello"));
    EXPECT_THAT(answer, Not(HasSubstr("Connection:")));
}

TEST_F(ServerTest, AnswersPipelinedRequestsInOrder) {
    serve(echo);
    std::string bytes;
    for (int i = 0; i < 200; ++i) {
        bytes += "POST /" + std::to_string(i) + " HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n" +
                 std::string(100, 'x');
    }
    const std::string answers = talk(bytes);
    std::size_t at = 0;
    for (int i = 0; i < 200; ++i) {
        at = answers.find("X-Path: /" + std::to_string(i) + "\r\n", at);
        ASSERT_NE(at, std::string::npos) << i;
    }
}

TEST_F(ServerTest, ReadsBodiesOfEverySizeHoweverTheyCome) {
    serve(echo);
    for (const std::size_t size : {0, 1, 1024, 8100, 8192, 16'384, 16'385, 70'000, 1'000'000}) {
        const std::string body(size, 'b');
        const std::string start = "POST / HTTP/1.1\r\nHost: a\r\n";
        EXPECT_THAT(talk(start + "Content-Length: " + std::to_string(size) + "\r\n\r\n" + body),
                    EndsWith("POST " + body));
        std::string chunks;
        for (std::size_t at = 0; at < size; at += 5000)
            wire::append_chunk(chunks, std::string_view(body).substr(at, 5000));
        chunks += "0\r\n\r\n";
        EXPECT_THAT(talk(start + "Transfer-Encoding: chunked\r\n\r\n" + chunks), EndsWith("POST " + body)) << size;
    }
}

TEST_F(ServerTest, KeepsTheViewsOfAHeadWhileTheBodyComes) {
    serve([](Exchange& exchange) -> io::Task<void> {
        const auto kept = exchange.header("X-Kept");
        const auto body = co_await exchange.read_body(1 << 20);
        Response response;
        response.body = std::string(*kept) + (body ? "!" : "?");
        (void)co_await exchange.respond(std::move(response));
    });
    const std::string padding(7000, 'p');
    for (const std::size_t size : {3000, 9000, 100'000}) {
        const std::string answer =
            talk("POST / HTTP/1.1\r\nHost: a\r\nX-Kept: " + padding + "\r\nContent-Length: " + std::to_string(size) +
                 "\r\n\r\n" + std::string(size, 'b'));
        EXPECT_THAT(answer, EndsWith("\r\n\r\n" + padding + "!"));
    }
}

TEST_F(ServerTest, GivesABodyInPieces) {
    serve([](Exchange& exchange) -> io::Task<void> {
        std::size_t total = 0;
        for (;;) {
            const auto piece = co_await exchange.read_body_piece();
            if (!piece) co_return;
            if (piece->empty()) break;
            EXPECT_LE(piece->size(), 64u * 1024);
            total += piece->size();
        }
        Response response;
        response.body = std::to_string(total);
        (void)co_await exchange.respond(std::move(response));
    });
    const std::string body(300'000, 'b');
    const std::string next = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    const std::string answers = talk("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\n" + body + next);
    EXPECT_THAT(answers, HasSubstr("\r\n\r\n300000HTTP/1.1 200 OK"));
    EXPECT_THAT(answers, EndsWith("\r\n\r\n0"));
}

TEST_F(ServerTest, RefusesWhatIsNoSoundRequestWithAProblem) {
    serve(echo);
    const std::string answer = talk_open("GET / HTTP/1.1\r\n\r\n");
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 400 Bad Request\r\n"));
    EXPECT_THAT(answer, HasSubstr("\r\nContent-Type: application/problem+json\r\nConnection: close\r\n"));
    EXPECT_THAT(
        answer,
        EndsWith(
            R"({"type":"/problems/bad-request","title":"Bad Request","status":400,"detail":"The Host header is missing."})"));
    EXPECT_THAT(talk_open("GET /" + std::string(9000, 'a')), StartsWith("HTTP/1.1 414 "));
    EXPECT_THAT(talk_open("GET / HTTP/1.1\r\nX: " + std::string(40'000, 'a')), StartsWith("HTTP/1.1 431 "));
    EXPECT_THAT(talk_open("GET / HTTP/3.0\r\nHost: a\r\n\r\n"), StartsWith("HTTP/1.1 505 "));
}

TEST_F(ServerTest, DoesNotReadASmuggledRequest) {
    serve(echo);
    const std::string answer = talk_open(
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"
        "0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 400 "));
    EXPECT_THAT(answer, Not(HasSubstr("smuggled")));
}

TEST_F(ServerTest, RefusesAMalformedChunkedBodyAndEnds) {
    serve(echo);
    const std::string answer = talk_open("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n");
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 400 "));
    EXPECT_THAT(answer, HasSubstr("Connection: close"));
}

TEST_F(ServerTest, AnswersHeadWithoutABody) {
    serve(echo);
    const std::string answers = talk("HEAD / HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_THAT(answers, HasSubstr("Content-Length: 5\r\n\r\nHTTP/1.1 200 OK"));
}

TEST_F(ServerTest, ClosesAsTheClientAsks) {
    serve(echo);
    EXPECT_THAT(talk_open("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"),
                HasSubstr("Connection: close\r\n"));
    EXPECT_THAT(talk_open("GET / HTTP/1.0\r\n\r\n"), HasSubstr("Connection: close\r\n"));
    EXPECT_THAT(talk("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"), HasSubstr("Connection: keep-alive\r\n"));
}

TEST_F(ServerTest, SendsContinueWhenTheBodyIsWanted) {
    serve(echo);
    run([](ServerTest& test) -> io::Task<bool> {
        const auto stream = co_await test.connect();
        co_await send(*stream, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
        const std::string interim = co_await receive_until(*stream, "\r\n\r\n");
        EXPECT_EQ(interim, "HTTP/1.1 100 Continue\r\n\r\n");
        co_await send(*stream, "ok");
        const std::string answer = co_await receive_until(*stream, "POST ok");
        EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK"));
        co_return true;
    }(*this));
}

TEST_F(ServerTest, RefusesATooLargeBodyWithoutContinue) {
    serve(echo);
    const std::string answer =
        talk_open("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99000000\r\nExpect: 100-continue\r\n\r\n");
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 413 "));
    EXPECT_THAT(answer, HasSubstr("Connection: close"));
}

TEST_F(ServerTest, DropsATooLargeBodySoThatTheAnswerIsSeen) {
    serve(echo);
    const std::string body(3'000'000, 'b');
    const std::string start = "POST / HTTP/1.1\r\nHost: a\r\n";
    const std::string next = "GET /next HTTP/1.1\r\nHost: a\r\n\r\n";
    const std::string length = talk(start + "Content-Length: 3000000\r\n\r\n" + body + next);
    EXPECT_THAT(length, StartsWith("HTTP/1.1 413 "));
    EXPECT_THAT(length, HasSubstr("X-Path: /next"));
    std::string chunk;
    wire::append_chunk(chunk, body);
    const std::string chunked = talk(start + "Transfer-Encoding: chunked\r\n\r\n" + chunk + "0\r\n\r\n" + next);
    EXPECT_THAT(chunked, StartsWith("HTTP/1.1 413 "));
    EXPECT_THAT(chunked, HasSubstr("X-Path: /next"));
}

TEST_F(ServerTest, AClientThatSendsAllBeforeItReadsStillSeesTheAnswer) {
    serve(ignore_body);
    // Larger than the buffers of the sockets, and than what the server drops before it closes.
    for (const std::size_t size : {5'000'000, 12'000'000}) {
        const std::string answer = talk("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(size) +
                                        "\r\n\r\n" + std::string(size, 'b'));
        EXPECT_THAT(answer, StartsWith("HTTP/1.1 401 ")) << size;
        EXPECT_THAT(answer, EndsWith("who are you")) << size;
    }
}

TEST_F(ServerTest, CutsOffSlowHeads) {
    ServerOptions options;
    options.head_timeout = 100ms;
    serve(echo, options);
    EXPECT_EQ(talk_open(""), "");
    EXPECT_THAT(talk_open("GET / HTTP/1.1\r\n"), StartsWith("HTTP/1.1 408 "));
}

TEST_F(ServerTest, CutsOffSlowBodies) {
    ServerOptions options;
    options.body_timeout = 100ms;
    serve(echo, options);
    const std::string start = "POST / HTTP/1.1\r\nHost: a\r\n";
    EXPECT_THAT(talk_open(start + "Content-Length: 100000\r\n\r\nslow"), StartsWith("HTTP/1.1 408 "));
    EXPECT_THAT(talk_open(start + "Transfer-Encoding: chunked\r\n\r\n5\r\nslow"), StartsWith("HTTP/1.1 408 "));
}

TEST_F(ServerTest, ClosesIdleConnections) {
    ServerOptions options;
    options.idle_timeout = 100ms;
    serve(echo, options);
    EXPECT_THAT(talk_open("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), EndsWith("GET "));
}

TEST_F(ServerTest, TurnsConnectionsOverTheLimitAway) {
    ServerOptions options;
    options.connections_max = 1;
    serve(echo, options);
    run([](ServerTest& test) -> io::Task<bool> {
        const auto first = co_await test.connect();
        co_await send(*first, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        (void)co_await receive_until(*first, "GET ");
        EXPECT_EQ(test.server->connections(), 1u);
        const std::string second = co_await test.talk_task("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        EXPECT_THAT(second, StartsWith("HTTP/1.1 503 "));
        EXPECT_THAT(second, HasSubstr("\r\nRetry-After: 1\r\n"));
        first->close();
        co_return true;
    }(*this));
}

TEST_F(ServerTest, AHandlerThatFailsGets500) {
    serve([](Exchange& exchange) -> io::Task<void> {
        if (exchange.path() == "/throw") throw std::runtime_error("oops");
        co_return;
    });
    const std::string answers = talk("GET /throw HTTP/1.1\r\nHost: a\r\n\r\nGET /none HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_THAT(answers, StartsWith("HTTP/1.1 500 "));
    EXPECT_THAT(answers.substr(1), HasSubstr("HTTP/1.1 500 "));
}

TEST_F(ServerTest, NeverWritesALineEndInAHeader) {
    serve([](Exchange& exchange) -> io::Task<void> {
        Response response;
        response.headers.emplace_back("X", "a\r\nSet-Cookie: evil");
        (void)co_await exchange.respond(std::move(response));
    });
    const std::string answer = talk("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 500 "));
    EXPECT_THAT(answer, Not(HasSubstr("evil")));
}

io::Task<void> stream_three(Exchange& exchange) {
    HeaderList headers;
    headers.emplace_back("Content-Type", "text/plain");
    (void)co_await exchange.start_stream(200, std::move(headers));
    // Not a braced list in the for: g++ 12 does not keep its elements over a suspension.
    const std::vector<std::string> pieces{"one ", "", "two "};
    for (const std::string& piece : pieces) (void)co_await exchange.write_piece(piece);
    if (exchange.path() == "/broken") co_return;
    (void)co_await exchange.finish_stream();
}

TEST_F(ServerTest, StreamsInChunks) {
    serve(stream_three);
    EXPECT_THAT(talk("GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
                EndsWith("Transfer-Encoding: chunked\r\n\r\n4\r\none \r\n4\r\ntwo \r\n0\r\n\r\n"));
    EXPECT_THAT(talk_open("GET / HTTP/1.0\r\n\r\n"), EndsWith("Connection: close\r\n\r\none two "));
    EXPECT_THAT(talk("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"), EndsWith("Transfer-Encoding: chunked\r\n\r\n"));
}

TEST_F(ServerTest, BreaksOffAStreamWithoutItsEnd) {
    serve(stream_three);
    EXPECT_THAT(talk_open("GET /broken HTTP/1.1\r\nHost: a\r\n\r\n"), EndsWith("\r\n4\r\none \r\n4\r\ntwo \r\n"));
}

TEST_F(ServerTest, StopsWithoutCuttingOffWhatIsUnderWay) {
    serve([this](Exchange& exchange) -> io::Task<void> {
        server->stop_accepting();
        co_await echo(exchange);
    });
    run([](ServerTest& test) -> io::Task<bool> {
        const auto idle = co_await test.connect();
        const auto busy = co_await test.connect();
        co_await send(*busy, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        const std::string answer = co_await receive_all(*busy);
        EXPECT_THAT(answer, HasSubstr("Connection: close\r\n"));
        EXPECT_THAT(answer, EndsWith("GET "));
        const std::string nothing = co_await receive_all(*idle);
        EXPECT_EQ(nothing, "");
        co_return true;
    }(*this));
    EXPECT_EQ(server->connections(), 0u);
}

TEST_F(ServerTest, CloseEndsConnectionsAtOnce) {
    serve(echo);
    run([](ServerTest& test) -> io::Task<bool> {
        const auto stream = co_await test.connect();
        co_await send(*stream, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe");
        while (test.server->connections() == 0) co_await test.wheel.sleep(1ms);
        test.server->close();
        const std::string nothing = co_await receive_all(*stream);
        EXPECT_EQ(nothing, "");
        co_return true;
    }(*this));
    context.poll();
    EXPECT_EQ(server->connections(), 0u);
}

TEST_F(ServerTest, KnowsItsPeer) {
    serve([](Exchange& exchange) -> io::Task<void> {
        Response response;
        response.body = exchange.peer().address().to_string() + (exchange.is_tls() ? " tls" : " plain");
        (void)co_await exchange.respond(std::move(response));
    });
    EXPECT_THAT(talk("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), EndsWith("127.0.0.1 plain"));
}

TEST_F(ServerTest, ALargeAnswerComesWhole) {
    const std::string large(5'000'000, 'L');
    serve([&large](Exchange& exchange) -> io::Task<void> {
        Response response;
        response.body = large;
        (void)co_await exchange.respond(std::move(response));
    });
    EXPECT_THAT(talk("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), EndsWith("Content-Length: 5000000\r\n\r\n" + large));
}

}  // namespace
}  // namespace posthorn::http
