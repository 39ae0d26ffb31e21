#include "program/client.h"

#include <csignal>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/problem_details.h"
#include "http/server.h"
#include "program/event_stream.h"

namespace posthorn::program {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

struct ClientTest : testing::Test {
    void serve(http::Handler handler) {
        auto made = Loop::make("");
        ASSERT_TRUE(made);
        loop = *std::move(made);
        server =
            std::make_unique<http::Server>(loop->context(), loop->wheel(), std::move(handler), http::ServerOptions());
        const auto endpoints = server->listen("127.0.0.1:0", nullptr);
        ASSERT_TRUE(endpoints);
        url = "http://127.0.0.1:" + std::to_string(endpoints->front().port());
        auto made_client = Client::make(*loop, {url + "/base/", "phk_secret"});
        ASSERT_TRUE(made_client);
        client.emplace(*std::move(made_client));
    }
    void TearDown() override {
        server->close();
        loop->run_until([this] { return server->connections() == 0; }, 5s);
        server.reset();
    }

    std::unique_ptr<Loop> loop;
    std::unique_ptr<http::Server> server;
    std::string url;
    std::optional<Client> client;
};

TEST_F(ClientTest, SendsKeyAndBodyAndReadsTheJson) {
    std::string seen;
    serve([&seen](http::Exchange& exchange) -> io::Task<void> {
        const auto body = co_await exchange.read_body(1000);
        seen = std::string(exchange.head().method) + " " + std::string(exchange.head().target) + " " +
               std::string(exchange.header("Authorization").value_or("")) + " " + std::string(*body);
        http::Response response;
        response.status = 201;
        response.body = "{\"key\":\"a\"}";
        (void)co_await exchange.respond(std::move(response));
    });
    const auto answer = client->call({"POST", "/api/v1/x?y=1", "{}"});
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->at("key").as_string(), "a");
    EXPECT_EQ(seen, "POST /base/api/v1/x?y=1 Bearer phk_secret {}");
}

TEST_F(ClientTest, AProblemIsToldWithItsErrorsAndARemedy) {
    serve([](http::Exchange& exchange) -> io::Task<void> {
        http::Problem problem{401, "unauthorized", "No key", "Send one."};
        problem.errors.push_back({"/rate", "is \x1b[31mwrong"});
        http::Response response = http::to_response(problem);
        (void)co_await exchange.respond(std::move(response));
    });
    const auto answer = client->call({"GET", "/"});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().status, 401);
    EXPECT_THAT(answer.error().text, HasSubstr("No key: Send one."));
    EXPECT_THAT(answer.error().text, HasSubstr("/rate: is ?[31mwrong"));
    EXPECT_THAT(answer.error().text, HasSubstr("POSTHORN_API_KEY"));
}

TEST_F(ClientTest, AServerThatIsNotThereIsToldWithHowToStartOne) {
    serve([](http::Exchange&) -> io::Task<void> { co_return; });
    server->stop_accepting();
    const auto answer = client->call({"GET", "/"});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().status, 0);
    EXPECT_THAT(answer.error().text, HasSubstr("posthorn serve --dev"));
}

TEST_F(ClientTest, WhatIsNoPosthornServerIsSaidToBeNone) {
    serve([](http::Exchange& exchange) -> io::Task<void> {
        http::Response response;
        response.body = "<html>";
        (void)co_await exchange.respond(std::move(response));
    });
    const auto answer = client->call({"GET", "/"});
    ASSERT_FALSE(answer);
    EXPECT_THAT(answer.error().text, HasSubstr("no Posthorn server"));
}

TEST_F(ClientTest, TheServersAddressIsChecked) {
    serve([](http::Exchange&) -> io::Task<void> { co_return; });
    EXPECT_FALSE(Client::make(*loop, {"localhost:8080", ""}));
    EXPECT_FALSE(Client::make(*loop, {url, "phk_a\r\nX: y"}));
}

TEST_F(ClientTest, FollowsAStreamOverABrokenConnection) {
    int connections = 0;
    std::string resumed_at;
    serve([&](http::Exchange& exchange) -> io::Task<void> {
        ++connections;
        resumed_at = exchange.header("Last-Event-ID").value_or("none");
        http::HeaderList headers;
        headers.emplace_back("Content-Type", "text/event-stream");
        (void)co_await exchange.start_stream(200, std::move(headers));
        const auto id = std::to_string(connections);
        (void)co_await exchange.write_piece("retry: 10\n\nid: " + id + "\nevent: e\ndata: " + id + "\n\n");
        (void)co_await exchange.finish_stream();
    });
    std::vector<std::string> seen;
    std::vector<std::string> troubles;
    StreamFollower follower;
    follower.on_event = [&](StreamEvent event) -> io::Task<bool> {
        seen.push_back(event.data);
        co_return seen.size() < 2;
    };
    follower.on_trouble = [&](std::string_view trouble) { troubles.emplace_back(trouble); };
    const auto followed = follow_stream(*client, "/api/v1/stream", follower);
    ASSERT_TRUE(followed);
    EXPECT_EQ(seen, (std::vector<std::string>{"1", "2"}));
    EXPECT_EQ(resumed_at, "1");
    EXPECT_EQ(troubles.size(), 1U);
}

TEST_F(ClientTest, AnInterruptEndsAStreamThatGoesOn) {
    // The server goes on to write until it is closed, which is when this test has returned.
    const auto events = std::make_shared<int>(0);
    serve([this, events](http::Exchange& exchange) -> io::Task<void> {
        http::HeaderList headers;
        headers.emplace_back("Content-Type", "text/event-stream");
        (void)co_await exchange.start_stream(200, std::move(headers));
        auto written = co_await exchange.write_piece("event: e\ndata: 1\n\n");
        while (written) {
            co_await loop->wheel().sleep(io::TimerWheel::kTick);
            // Not before it is waited for, and once: the next one would end this program.
            if (std::exchange(*events, 0) == 1) std::raise(SIGINT);
            written = co_await exchange.write_piece(": still here\n\n");
        }
    });
    Interrupt interrupt(loop->context());
    StreamFollower follower;
    follower.on_event = [&](StreamEvent) -> io::Task<bool> {
        ++*events;
        co_return true;
    };
    follower.on_trouble = [](std::string_view) {};
    follower.interrupt = &interrupt;
    EXPECT_TRUE(follow_stream(*client, "/", follower));
    EXPECT_TRUE(interrupt.is_raised());
}

TEST_F(ClientTest, AStreamThatIsRefusedEnds) {
    serve([](http::Exchange& exchange) -> io::Task<void> {
        http::Response response = http::to_response(http::Problem{403, "forbidden", "Not this key's right", "No."});
        (void)co_await exchange.respond(std::move(response));
    });
    StreamFollower follower;
    follower.on_event = [](StreamEvent) -> io::Task<bool> { co_return true; };
    follower.on_trouble = [](std::string_view) {};
    const auto followed = follow_stream(*client, "/", follower);
    ASSERT_FALSE(followed);
    EXPECT_EQ(followed.error().status, 403);
}

}  // namespace
}  // namespace posthorn::program
