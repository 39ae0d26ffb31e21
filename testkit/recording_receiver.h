#pragma once
// An add-on for tests: records each request, answers as told.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/server.h"
#include "io/task.h"
#include "io/timer_wheel.h"

namespace posthorn::testkit {

struct ReceivedCall {
    std::string method;
    std::string target;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;

    std::string_view path() const { return std::string_view(target).substr(0, target.find('?')); }
    std::string_view query() const;
    /// Empty if it has none.
    std::string header(std::string_view name) const;
};

/// How it answers one request.
struct ReceiverAnswer {
    enum class Kind : std::uint8_t {
        answer,
        hang,   ///< Says nothing and keeps the connection.
        reset,  ///< Breaks off in the middle of the answer.
    };
    Kind kind = Kind::answer;
    http::Response response = {};

    static ReceiverAnswer status(unsigned status, std::string body = "");
    static ReceiverAnswer text(std::string body, std::string content_type = "application/json");
    static ReceiverAnswer hang() { return {Kind::hang}; }
    static ReceiverAnswer reset() { return {Kind::reset}; }
};

/// On a free port of 127.0.0.1, on the test's own io_context, which must outlive it.
class RecordingReceiver {
public:
    using Answerer = std::function<ReceiverAnswer(const ReceivedCall&)>;

    RecordingReceiver(io::asio::io_context& context, io::TimerWheel& wheel);
    ~RecordingReceiver();

    /// "http://127.0.0.1:4711"
    std::string url() const;

    /// By default everything is answered with 204.
    Answerer answer;
    std::vector<ReceivedCall> calls;  ///< In the order of their arrival.

    /// Those to a path (without query).
    std::vector<ReceivedCall> calls_to(std::string_view path) const;
    std::size_t count(std::string_view path) const { return calls_to(path).size(); }

private:
    io::Task<void> handle(http::Exchange& exchange);

    io::TimerWheel& wheel_;
    http::Server server_;
    std::uint16_t port_ = 0;
};

}  // namespace posthorn::testkit
