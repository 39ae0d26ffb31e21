#include "deliver/dispatch.h"

#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "base/assert.h"
#include "http/server.h"
#include "io/net_thread.h"
#include "io/outgoing.h"
#include "testkit/run_task.h"

namespace posthorn::deliver {
namespace {

/// A deliverer on a thread of its own, and a receiver on the test's that answers each call with its target.
struct DispatchTest : testing::Test {
    DispatchTest() {
        const auto addresses = server.listen("127.0.0.1:0", nullptr);
        POSTHORN_ASSERT(addresses.has_value());
        to.dial.is_https = false;
        to.dial.host = "127.0.0.1";
        to.dial.port = addresses->front().port();
        to.origin = to.pool_key = "http://receiver";
        deliverer.emplace(*receivers.dialer, out_wheel, PoolLimits{});
        dispatch.emplace(net, out.context(), *deliverer);
        dispatch->on_batch_end([this] { ++batches; });
    }
    ~DispatchTest() override {
        server.close();
        out.end();
    }

    static io::Task<void> answer(http::Exchange& exchange) {
        http::Response response;
        response.body = std::string(exchange.head().target);
        (void)co_await exchange.respond(std::move(response));
    }

    io::Task<Reply> deliver(std::string target) {
        Request request{target, "POST " + target + " HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"};
        auto reply = co_await dispatch->deliver(to, std::move(request));
        EXPECT_TRUE(dispatch->is_in_batch());
        EXPECT_EQ(std::this_thread::get_id(), net_thread);
        co_return reply;
    }

    io::Task<void> deliver_and_count(int number) {
        const auto target = "/call/" + std::to_string(number);
        const auto reply = co_await deliver(target);
        EXPECT_EQ(reply.attempt.status, 200);
        EXPECT_EQ(reply.attempt.response_body, target);
        ++answered;
    }

    io::asio::io_context net{1};
    io::TimerWheel wheel{net};
    http::Server server{net, wheel, [](http::Exchange& exchange) { return answer(exchange); }, {}};
    io::NetThread out;
    io::TimerWheel out_wheel{out.context()};
    io::Outgoing receivers = *io::Outgoing::make(out.context(), out_wheel, io::AddressRules(io::Mode::dev, {}));
    std::optional<Deliverer> deliverer;
    std::optional<Dispatch> dispatch;
    Destination to;
    const std::thread::id net_thread = std::this_thread::get_id();
    int answered = 0;
    int batches = 0;
};

TEST_F(DispatchTest, EachRequestGetsItsOwnReplyOnTheThreadThatAsked) {
    constexpr int kCalls = 200;
    out.start("deliver");
    for (int number = 0; number < kCalls; ++number)
        io::asio::co_spawn(net, deliver_and_count(number), io::asio::detached);
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (answered < kCalls && std::chrono::steady_clock::now() < until) net.run_one_until(until);
    EXPECT_EQ(answered, kCalls);
    EXPECT_GE(batches, 1);
    EXPECT_LE(batches, kCalls);
    EXPECT_GT(deliverer->idle_connections(), 0U);
}

TEST_F(DispatchTest, NothingIsSentToADestinationThatIsGone) {
    out.start("deliver");
    *to.is_gone = true;
    const auto reply = testkit::run_task(net, deliver("/too-late"));
    EXPECT_TRUE(reply.was_withdrawn);
    EXPECT_EQ(reply.attempt.status, 0);
}

TEST_F(DispatchTest, WhatIsStillUnderWayWhenTheThreadEndsIsNeverAnswered) {
    // The thread was never started: the request waits for it.
    io::asio::co_spawn(net, deliver_and_count(1), io::asio::detached);
    net.run_for(std::chrono::milliseconds(20));
    out.end();
    net.restart();
    net.run_for(std::chrono::milliseconds(20));
    EXPECT_EQ(batches, 0);
    EXPECT_EQ(answered, 0);
}

}  // namespace
}  // namespace posthorn::deliver
