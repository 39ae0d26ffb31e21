#include "inspect/call_replay.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include <boost/json/array.hpp>

#include "api/delivery_json.h"
#include "http/client.h"
#include "inspect/foreign_json.h"
#include "wire/http1.h"
#include "wire/printable.h"
#include "wire/url.h"

namespace posthorn::inspect {

namespace json = boost::json;

namespace {

constexpr std::chrono::milliseconds kTimeout = std::chrono::seconds(10);

http::Problem wrong_target(std::string why) {
    return {422,
            "wrong",
            "The request is well-formed but wrong",
            "The call can't be sent there.",
            {{"/to", std::move(why)}}};
}

}  // namespace

bool belongs_to_connection(std::string_view name) {
    constexpr std::string_view kNames[] = {"connection",        "content-length",   "expect", "host",
                                           "keep-alive",        "proxy-connection", "te",     "trailer",
                                           "transfer-encoding", "upgrade"};
    std::string lower(name);
    std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return std::ranges::find(kNames, lower) != std::end(kNames);
}

io::Task<tl::expected<json::object, http::Problem>> replay_call(io::Dialer& dialer, RecordedCall call, std::string to) {
    auto url = wire::parse_url(to);
    if (!url) co_return tl::unexpected(wrong_target(to_string(url.error())));
    if (url->has_user_info) co_return tl::unexpected(wrong_target("it must not hold a user name or password"));
    if (call.body_bytes > call.body.size() && call.body_bytes > kBodyBytesKept) {
        http::Problem problem{409, "conflict", "Conflict",
                              "Only the beginning of this call's body was kept, so it can't be sent again."};
        co_return tl::unexpected(std::move(problem));
    }
    if (const auto mark = call.target.find('?'); mark != std::string::npos && !url->has_query) {
        url->has_query = true;
        url->query = call.target.substr(mark + 1);
    }
    std::vector<std::pair<std::string, std::string>> headers;
    for (auto& [name, value] : call.headers)
        if (!belongs_to_connection(name) && wire::is_safe_header_value(value)) headers.emplace_back(name, value);
    headers.emplace_back("Connection", "close");
    io::DialTarget target;
    target.is_https = url->scheme == wire::Scheme::https;
    target.host = url->host;
    target.port = url->port;
    auto request = http::write_request(call.method, url->target(), url->authority(), headers, call.body);
    const http::AnswerLimits limits;
    const auto fetched = co_await http::fetch(dialer, std::move(target), std::move(request), kTimeout, limits);

    json::object result;
    result["to"] = url->origin() + utf8_text(url->target());
    result["status"] = nullptr;
    json::array shown;
    ShownBody body{"", "text"};
    bool is_cut = false;
    if (fetched.answer) {
        result["status"] = fetched.answer->status;
        for (const auto& [name, value] : fetched.answer->headers)
            shown.push_back(json::object{{"name", utf8_text(name)}, {"value", utf8_text(value)}});
        body = shown_body(fetched.answer->body);
        is_cut = fetched.answer->is_body_cut;
    }
    result["headers"] = std::move(shown);
    result["body"] = body.text;
    result["bodyEncoding"] = body.encoding;
    result["bodyCut"] = is_cut;
    result["failure"] = fetched.answer ? json::value(nullptr) : json::value(model::to_string(fetched.failure.failure));
    result["detail"] = fetched.answer ? json::value(nullptr) : json::value(wire::printable(fetched.failure.detail));
    result["duration"] = api::duration_or_null(fetched.times.total_us);
    co_return result;
}

}  // namespace posthorn::inspect
