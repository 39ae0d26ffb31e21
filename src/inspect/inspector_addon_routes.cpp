// The inspectors' side towards Connect hosts: descriptor, lifecycle, webhooks.
#include <algorithm>
#include <utility>

#include "http/problem.h"
#include "inspect/heard_events.h"
#include "inspect/inspector_routes.h"

namespace posthorn::inspect {

using api::Answer;
using api::Request;

namespace {

/// Path below the inspector's baseUrl, and query, as on the wire.
std::string target_below(std::string_view target) {
    constexpr std::string_view kPrefix = "/inspector/";
    const auto prefix = target.find(kPrefix);  // The public URL's path may stand before it.
    const auto slash = prefix == std::string_view::npos ? prefix : target.find('/', prefix + kPrefix.size());
    return slash == std::string_view::npos ? "/" : std::string(target.substr(slash));
}

http::Response gone_or_unknown(const Inspectors& inspectors, const std::string& id) {
    // 410 tells a host that there is no use in trying again.
    const bool has_ended = inspectors.find_ended(id) != nullptr;
    return http::problem(has_ended ? 410 : 404,
                         has_ended ? "This inspector has ended." : "There is no such inspector.");
}

io::Task<Answer> serve_descriptor(Request& request, Inspectors& inspectors) {
    const auto live = inspectors.find(request.parameters.at(0));
    if (live == nullptr || live->is_ending) co_return gone_or_unknown(inspectors, request.parameters.at(0));
    http::Response response;
    response.headers.emplace_back("Content-Type", "application/json");
    response.headers.emplace_back("Cache-Control", "no-store");
    response.body = inspectors.descriptor(live->inspector);
    co_return response;
}

io::Task<void> take(Request& request, Inspectors& inspectors, RecordedCall::Kind kind) {
    auto& exchange = request.exchange;
    const auto live = inspectors.find(request.parameters.at(0));
    RecordedCall call;
    call.kind = kind;
    call.name = request.parameters.at(1);
    const bool is_known = kind == RecordedCall::Kind::event ||
                          std::ranges::find(kLifecycleNames, std::string_view(call.name)) != std::end(kLifecycleNames);
    if (live == nullptr || !is_known) {
        auto response = live == nullptr ? gone_or_unknown(inspectors, request.parameters.at(0))
                                        : http::problem(404, "An inspector has no such callback.");
        static_cast<void>(co_await exchange.respond(std::move(response)));
        co_return;
    }
    call.at = wall_now();
    call.method = std::string(exchange.head().method);
    call.target = target_below(exchange.head().target);
    for (const auto& header : exchange.head().headers) call.headers.emplace_back(header.name, header.value);
    const auto body = co_await exchange.read_body(kBodyBytesMax);
    if (!body) co_return;  // The server says what was wrong with it.
    call.body = std::string(*body);
    const auto kept = co_await inspectors.take(live, std::move(call));
    http::Response response;
    if (!kept) {
        const bool is_gone = kept.error().code == Errc::not_found;
        response = http::problem(is_gone ? 410 : 503, is_gone ? "This inspector has ended." : to_string(kept.error()));
        if (!is_gone) response.headers.emplace_back("Retry-After", "5");
    } else if (kept->answer >= 400) {
        response = http::problem(kept->answer, kept->why);
    } else {
        response.status = kept->answer;
    }
    static_cast<void>(co_await exchange.respond(std::move(response)));
}

}  // namespace

void add_inspector_addon_routes(api::Router& router, Inspectors& inspectors) {
    const std::string inspector = "/inspector/{inspector}";
    router.add("GET", inspector + "/atlassian-connect.json", std::nullopt,
               [&](Request& request) { return serve_descriptor(request, inspectors); });
    router.add_for_hosts("POST", inspector + "/{callback}",
                         [&](Request& request) { return take(request, inspectors, RecordedCall::Kind::lifecycle); });
    router.add_for_hosts("POST", inspector + std::string(kEventsPath) + "{event}",
                         [&](Request& request) { return take(request, inspectors, RecordedCall::Kind::event); });
}

}  // namespace posthorn::inspect
