#pragma once
// Method and path -> handler, with the right that it needs.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/request.h"
#include "io/task.h"
#include "registry/registry.h"

namespace posthorn::api {

/// Answers through the result.
using RouteHandler = std::function<io::Task<Answer>(Request&)>;
/// Answers through the exchange: for streams.
using StreamHandler = std::function<io::Task<void>(Request&)>;

/// The page's files and addresses, which are open to everyone.
using PageHandler = std::function<std::optional<http::Response>(const http::Exchange&)>;

/// What a route asks of its caller; none: it is open to everyone.
using Right = std::optional<registry::Action>;

/// Net thread only; filled once at start.
class Router {
public:
    Router(const registry::Registry& registry, AccessRules rules) : registry_(registry), rules_(std::move(rules)) {}

    /// `pattern`: "/api/v1/tenants/{tenant}/addons/{addon}". {tenant} and {addon} are looked up and must exist (404);
    /// a right about tenants or add-ons is asked for the ones found. Other {names} match any one segment.
    void add(std::string_view method, std::string_view pattern, Right right, RouteHandler handler);
    /// The same for a path without {tenant} that stands for one: UPM at the root.
    void add_for_tenant(std::string_view tenant, std::string_view method, std::string_view pattern, Right right,
                        RouteHandler handler);
    void add_stream(std::string_view method, std::string_view pattern, Right right, StreamHandler handler);
    /// Is asked for GET and HEAD of an address that no route has; nothing: 404.
    void set_page(PageHandler page) { page_ = std::move(page); }
    /// For the calls of Connect hosts, which bring a token of their own: nobody is identified, the handler judges.
    void add_for_hosts(std::string_view method, std::string_view pattern, StreamHandler handler);

    /// Finds the route and answers: 404, 405 with Allow, 401, 403, or what the handler says.
    io::Task<void> handle(http::Exchange& exchange);
    /// The same, but for Connect hosts' routes alone: everything else is 404.
    io::Task<void> handle_hosts(http::Exchange& exchange);

    /// "METHOD pattern" of all routes, for the test that compares them with the OpenAPI document.
    std::vector<std::string> routes() const;

    const AccessRules& rules() const { return rules_; }
    Sessions& sessions() { return sessions_; }
    /// Requests that were answered with a problem, by its type.
    const std::map<std::string, std::uint64_t, std::less<>>& refusals() const { return refusals_; }
    void set_ports(std::vector<std::uint16_t> ports) { rules_.ports = std::move(ports); }
    void set_public_origin(std::string origin) { rules_.public_origin = std::move(origin); }
    /// The public URL's path, which a proxy may or may not take away; "" or "/posthorn".
    void set_public_path(std::string path) { public_path_ = std::move(path); }

private:
    struct Route {
        std::string method;
        std::vector<std::string> segments;
        Right right;
        RouteHandler handler;
        StreamHandler stream;
        std::string fixed_tenant = {};
        bool is_for_hosts = false;
    };
    struct Found {
        const Route* route = nullptr;
        std::vector<std::string> parameters;
        std::string allowed;  // Methods of this path, for 405.
    };
    Found find(std::string_view method, std::string_view path) const;
    Found find_public(std::string_view method, std::string_view path) const;
    http::Response refuse(const http::Problem& problem);
    std::optional<http::Problem> admit(const Route& route, Request& request) const;

    const registry::Registry& registry_;
    AccessRules rules_;
    Sessions sessions_;
    std::string public_path_;
    std::vector<Route> routes_;
    std::map<std::string, std::uint64_t, std::less<>> refusals_;
    PageHandler page_;
};

}  // namespace posthorn::api
