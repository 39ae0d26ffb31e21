#include "api/router.h"

#include <algorithm>
#include <utility>

#include <boost/container/static_vector.hpp>

#include "wire/percent.h"

namespace posthorn::api {

namespace {

/// More segments than any route has are not told apart.
using Segments = boost::container::static_vector<std::string_view, 16>;

Segments split(std::string_view path) {
    Segments segments;
    while (!path.empty() && segments.size() < segments.capacity()) {
        path.remove_prefix(1);  // The slash.
        const auto end = path.find('/');
        segments.push_back(path.substr(0, end));
        path = end == std::string_view::npos ? "" : path.substr(end);
    }
    return segments;
}

std::vector<std::string> pattern_segments(std::string_view pattern) {
    const auto segments = split(pattern);
    return {segments.begin(), segments.end()};
}

bool is_parameter(std::string_view segment) { return segment.starts_with('{'); }

http::Response method_not_allowed(std::string allowed) {
    auto response =
        http::to_response({405, "method-not-allowed", "Method not allowed", "Allowed here: " + allowed + "."});
    response.headers.emplace_back("Allow", std::move(allowed));
    return response;
}

http::Response refusal(const http::Problem& problem) {
    auto response = http::to_response(problem, problem.status == 503 ? 1 : 0);
    if (problem.status == 401) response.headers.emplace_back("WWW-Authenticate", "Bearer");
    return response;
}

}  // namespace

void Router::add(std::string_view method, std::string_view pattern, Right right, RouteHandler handler) {
    routes_.push_back({std::string(method), pattern_segments(pattern), right, std::move(handler), {}, {}});
}

void Router::add_for_tenant(std::string_view tenant, std::string_view method, std::string_view pattern, Right right,
                            RouteHandler handler) {
    add(method, pattern, right, std::move(handler));
    routes_.back().fixed_tenant = tenant;
}

void Router::add_stream(std::string_view method, std::string_view pattern, Right right, StreamHandler handler) {
    routes_.push_back({std::string(method), pattern_segments(pattern), right, {}, std::move(handler), {}});
}

void Router::add_for_hosts(std::string_view method, std::string_view pattern, StreamHandler handler) {
    add_stream(method, pattern, std::nullopt, std::move(handler));
    routes_.back().is_for_hosts = true;
}

Router::Found Router::find(std::string_view method, std::string_view path) const {
    Found found;
    const auto segments = split(path);
    for (const auto& route : routes_) {
        const auto is_met = [](const std::string& wanted, std::string_view segment) {
            return is_parameter(wanted) || wanted == segment;
        };
        if (!std::ranges::equal(route.segments, segments, is_met)) continue;
        if (route.method == method || (method == "HEAD" && route.method == "GET")) {
            found.route = &route;
            for (std::size_t i = 0; i < segments.size(); ++i)
                if (is_parameter(route.segments[i])) found.parameters.push_back(wire::percent_decode(segments[i]));
            return found;
        }
        if (!found.allowed.empty()) found.allowed += ", ";
        found.allowed += route.method;
    }
    return found;
}

Router::Found Router::find_public(std::string_view method, std::string_view path) const {
    auto found = find(method, path);
    const bool may_be_below = found.route == nullptr && found.allowed.empty() && !public_path_.empty();
    if (!may_be_below || !path.starts_with(public_path_) || !path.substr(public_path_.size()).starts_with('/'))
        return found;
    // Only what hosts call: they know us by the public URL alone.
    auto below = find(method, path.substr(public_path_.size()));
    return below.route != nullptr && below.route->is_for_hosts ? std::move(below) : std::move(found);
}

io::Task<void> Router::handle_hosts(http::Exchange& exchange) {
    const auto found = find_public(exchange.head().method, exchange.path());
    if (found.route != nullptr && found.route->is_for_hosts) {
        co_await handle(exchange);
        co_return;
    }
    auto response = refusal(not_found("There is nothing at " + std::string(exchange.path()) + "."));
    co_await exchange.respond(std::move(response));
}

std::optional<http::Problem> Router::admit(const Route& route, Request& request) const {
    if (route.right && request.caller.is_anonymous())
        return http::Problem{401, "unauthorized", "A valid API key is needed",
                             rules_.mode == io::Mode::dev
                                 ? "--dev asks no key of this machine alone: send 'Authorization: Bearer phk_...'."
                                 : "Send 'Authorization: Bearer phk_...' with a key of this server."};
    registry::Subject subject;
    // Where the path names no tenant, a key asks for what is its own.
    if (request.caller.key != nullptr) subject = {request.caller.key->tenant, request.caller.key->addon};
    std::size_t parameter = 0;
    std::string missing;
    const auto look_up_tenant = [&](const std::string& key) {
        request.tenant = request.snapshot->find_tenant(key);
        subject = {request.tenant != nullptr ? request.tenant->id : TenantId{}, {}};
        if (request.tenant == nullptr) missing = "There is no tenant '" + key + "'.";
    };
    if (!route.fixed_tenant.empty()) look_up_tenant(route.fixed_tenant);
    for (const auto& segment : route.segments) {
        if (!is_parameter(segment)) continue;
        const auto& value = request.parameters[parameter++];
        if (segment == "{tenant}") {
            look_up_tenant(value);
        } else if (segment == "{addon}" && request.tenant != nullptr) {
            subject.addon = value;
            request.installation = request.snapshot->find_installation(request.tenant->id, value);
            if (request.installation == nullptr && missing.empty())
                missing = "The tenant '" + request.tenant->key + "' has no add-on '" + value + "'.";
        }
    }
    // Whoever may not look learns nothing about what exists.
    if (route.right && !request.caller.may(*route.right, subject))
        return http::Problem{403, "forbidden", "Not this key's right",
                             "The role of this API key does not allow this; use another key."};
    if (!missing.empty()) return not_found(missing);
    return std::nullopt;
}

http::Response Router::refuse(const http::Problem& problem) {
    ++refusals_[problem.name];
    return refusal(problem);
}

io::Task<void> Router::handle(http::Exchange& exchange) {
    const auto& head = exchange.head();
    auto found = find_public(head.method, exchange.path());
    if (found.route == nullptr) {
        std::optional<http::Response> page;
        if (page_ && found.allowed.empty() && (head.method == "GET" || head.method == "HEAD")) page = page_(exchange);
        if (page) {
            co_await exchange.respond(*std::move(page));
            co_return;
        }
        auto response = found.allowed.empty()
                            ? refuse(not_found("There is nothing at " + std::string(exchange.path()) + "."))
                            : method_not_allowed(std::move(found.allowed));
        co_await exchange.respond(std::move(response));
        co_return;
    }
    Request request{exchange, registry_.snapshot(), {}, std::move(found.parameters), nullptr, nullptr};
    if (found.route->is_for_hosts) {
        co_await found.route->stream(request);
        co_return;
    }
    const AccessFacts facts{exchange.peer().address(), head.method, head.headers, exchange.is_tls()};
    auto caller = identify(facts, rules_, *request.snapshot, sessions_);
    if (!caller) {
        auto response = refuse(caller.error());
        co_await exchange.respond(std::move(response));
        co_return;
    }
    request.caller = *caller;
    if (const auto problem = admit(*found.route, request)) {
        auto response = refuse(*problem);
        co_await exchange.respond(std::move(response));
        co_return;
    }
    if (found.route->stream) {
        co_await found.route->stream(request);
        co_return;
    }
    auto answer = co_await found.route->handler(request);
    auto response = answer ? *std::move(answer) : refuse(answer.error());
    co_await exchange.respond(std::move(response));
}

std::vector<std::string> Router::routes() const {
    std::vector<std::string> names;
    for (const auto& route : routes_) {
        std::string name = route.method + " ";
        for (const auto& segment : route.segments) name += "/" + segment;
        names.push_back(std::move(name));
    }
    return names;
}

}  // namespace posthorn::api
