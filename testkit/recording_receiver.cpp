#include "testkit/recording_receiver.h"

#include <algorithm>
#include <chrono>

#include <boost/beast/core/string.hpp>

#include "base/assert.h"

namespace posthorn::testkit {

std::string_view ReceivedCall::query() const {
    const auto mark = target.find('?');
    return mark == std::string::npos ? std::string_view() : std::string_view(target).substr(mark + 1);
}

std::string ReceivedCall::header(std::string_view name) const {
    for (const auto& [known, value] : headers)
        if (boost::beast::iequals(known, name)) return value;
    return {};
}

ReceiverAnswer ReceiverAnswer::status(unsigned status, std::string body) {
    ReceiverAnswer answer;
    answer.response.status = status;
    answer.response.body = std::move(body);
    return answer;
}

ReceiverAnswer ReceiverAnswer::text(std::string body, std::string content_type) {
    ReceiverAnswer answer;
    answer.response.headers.emplace_back("Content-Type", std::move(content_type));
    answer.response.body = std::move(body);
    return answer;
}

RecordingReceiver::RecordingReceiver(io::asio::io_context& context, io::TimerWheel& wheel)
    : answer([](const ReceivedCall&) { return ReceiverAnswer::status(204); }),
      wheel_(wheel),
      server_(context, wheel, [this](http::Exchange& exchange) { return handle(exchange); }, {}) {
    const auto endpoints = server_.listen("127.0.0.1:0", nullptr);
    POSTHORN_ASSERT(endpoints.has_value());
    port_ = endpoints->front().port();
}

RecordingReceiver::~RecordingReceiver() { server_.close(); }

std::string RecordingReceiver::url() const { return "http://127.0.0.1:" + std::to_string(port_); }

std::vector<ReceivedCall> RecordingReceiver::calls_to(std::string_view path) const {
    std::vector<ReceivedCall> found;
    std::ranges::copy_if(calls, std::back_inserter(found), [&](const auto& call) { return call.path() == path; });
    return found;
}

io::Task<void> RecordingReceiver::handle(http::Exchange& exchange) {
    ReceivedCall call;
    const auto& head = exchange.head();
    call.method = std::string(head.method);
    call.target = std::string(head.target);
    for (const auto& [name, value] : head.headers) call.headers.emplace_back(name, value);
    const auto body = co_await exchange.read_body(8U << 20U);
    if (body) call.body = std::string(*body);
    auto reply = answer(call);
    calls.push_back(std::move(call));
    if (reply.kind == ReceiverAnswer::Kind::hang) {
        co_await wheel_.sleep(std::chrono::minutes(1));
        co_return;
    }
    if (reply.kind == ReceiverAnswer::Kind::reset) {
        http::HeaderList headers;
        (void)co_await exchange.start_stream(200, std::move(headers));
        co_return;
    }
    (void)co_await exchange.respond(std::move(reply.response));
}

}  // namespace posthorn::testkit
