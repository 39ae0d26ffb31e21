#pragma once
// For the tests of http/: a server on a free loopback port, and clients of it on the same io_context.

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <boost/asio/co_spawn.hpp>

#include "http/server.h"

namespace posthorn::http {

class LoopbackTest : public testing::Test {
public:
    ~LoopbackTest() override {
        if (server) server->close();
        wheel.stop();
        context.restart();
        context.poll();
    }

    void serve(Handler handler, ServerOptions options = {}, io::asio::ssl::context* tls = nullptr) {
        server = std::make_unique<Server>(context, wheel, std::move(handler), options);
        const auto endpoints = server->listen("127.0.0.1:0", tls);
        ASSERT_TRUE(endpoints) << to_string(endpoints.error());
        endpoint = endpoints->front();
    }

    /// Runs the io_context until `task` has ended.
    template <class T>
    T run(io::Task<T> task) {
        std::optional<T> result;
        const auto done = [&result](std::exception_ptr thrown, T value) {
            if (thrown) std::rethrow_exception(thrown);
            result.emplace(std::move(value));
        };
        io::asio::co_spawn(context, std::move(task), done);
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
        while (!result && std::chrono::steady_clock::now() < end) context.run_one_for(std::chrono::seconds(60));
        EXPECT_TRUE(result) << "the task did not end";
        return *std::move(result);
    }

    io::Task<std::unique_ptr<io::Stream>> connect() {
        io::Socket socket(context.get_executor());
        const auto [error] = co_await socket.async_connect(endpoint, io::as_result);
        EXPECT_FALSE(error) << error.message();
        co_return std::make_unique<io::Stream>(std::move(socket), wheel);
    }

    static io::Task<bool> send(io::Stream& stream, std::string bytes) {
        const auto written = co_await stream.write(io::asio::const_buffer(bytes.data(), bytes.size()));
        co_return written.has_value();
    }

    /// All that comes until the other side closes.
    static io::Task<std::string> receive_all(io::Stream& stream) {
        std::string all;
        std::string block(64 * 1024, '\0');
        for (;;) {
            const io::asio::mutable_buffer into(block.data(), block.size());
            const auto count = co_await stream.read_some(into);
            if (!count || *count == 0) co_return all;
            all.append(block, 0, *count);
        }
    }

    /// Reads until `end` has come.
    static io::Task<std::string> receive_until(io::Stream& stream, std::string end) {
        std::string all;
        char byte = 0;
        while (!all.ends_with(end)) {
            const auto count = co_await stream.read_some(io::asio::mutable_buffer(&byte, 1));
            if (!count || *count == 0) co_return all;
            all += byte;
        }
        co_return all;
    }

    /// Sends `bytes` on a new connection, then the end, and gives all that comes back.
    io::Task<std::string> talk_task(std::string bytes) {
        const auto stream = co_await connect();
        co_await send(*stream, std::move(bytes));
        (void)co_await stream->finish_sending();
        co_return co_await receive_all(*stream);
    }
    std::string talk(std::string bytes) { return run(talk_task(std::move(bytes))); }

    /// Sends `bytes` and waits for the other side to close.
    io::Task<std::string> talk_open_task(std::string bytes) {
        const auto stream = co_await connect();
        co_await send(*stream, std::move(bytes));
        co_return co_await receive_all(*stream);
    }
    std::string talk_open(std::string bytes) { return run(talk_open_task(std::move(bytes))); }

    io::asio::io_context context{1};
    io::TimerWheel wheel{context};
    std::unique_ptr<Server> server;
    io::Endpoint endpoint;
};

}  // namespace posthorn::http
