#include "api/upm_routes.h"

#include <algorithm>
#include <utility>

#include "api/json_answer.h"
#include "io/random.h"
#include "wire/percent.h"

namespace posthorn::api {

namespace {

using registry::Action;

constexpr std::size_t kTokensMax = 1000;
constexpr std::size_t kPendingMax = 1000;
constexpr int kPingAfterMs = 100;
constexpr std::string_view kRoot = "/rest/plugins/1.0/";
constexpr std::string_view kRootTenant = "jira";

json::object links(const std::string& self) { return {{"self", self}}; }

json::object plugin_json(const registry::Installation& installation, const std::string& prefix) {
    json::object plugin;
    plugin["key"] = installation.addon_key;
    plugin["name"] = installation.name.empty() ? installation.addon_key : installation.name;
    plugin["version"] = installation.version;
    plugin["enabled"] = installation.is_enabled();
    plugin["userInstalled"] = true;
    plugin["links"] = links(prefix + std::string(kRoot) + wire::percent_encode(installation.addon_key) + "-key");
    return plugin;
}

/// Where the request's links start: "/t/acme", or "" at the root.
std::string prefix_of(const Request& request, std::string_view prefix) {
    return prefix.empty() ? std::string() : "/t/" + request.tenant->key;
}

}  // namespace

Upm::Upm(lifecycle::Lifecycle& lifecycle, engine::Engine& engine)
    : lifecycle_(lifecycle), engine_(engine), tasks_(engine.net()) {}

void Upm::add_routes(Router& router) {
    add_below(router, "/t/{tenant}");
    add_below(router, "");
}

void Upm::add_below(Router& router, const std::string& prefix) {
    const auto add = [&](std::string_view method, const std::string& path, Right right, RouteHandler handler) {
        if (prefix.empty()) router.add_for_tenant(kRootTenant, method, path, right, std::move(handler));
        else router.add(method, prefix + path, right, std::move(handler));
    };
    const std::string root(kRoot);
    add("GET", root + "settings", std::nullopt, [](Request&) -> io::Task<Answer> {
        json::object setting{{"key", "connectDeveloperListingsEnabled"}, {"value", true}};
        json::object object;
        object["settings"] = json::array{std::move(setting)};
        co_return json_response(200, std::move(object));
    });
    for (const auto& path : {root, root.substr(0, root.size() - 1)}) {
        add("GET", path, Action::change_addon, [this, prefix](Request& request) { return list(request, prefix); });
        add("POST", path, Action::change_addon, [this, prefix](Request& request) { return install(request, prefix); });
    }
    add("GET", root + "pending/{install}", Action::change_addon,
        [this, prefix](Request& request) { return pending(request, prefix); });
    add("DELETE", root + "{plugin}", Action::change_addon, [this](Request& request) { return uninstall(request); });
}

io::Task<Answer> Upm::list(Request& request, std::string prefix) {
    json::array plugins;
    for (const auto* installation : request.snapshot->installations(request.tenant->id))
        if (installation->state == registry::InstallationState::enabled ||
            installation->state == registry::InstallationState::disabled)
            plugins.emplace_back(plugin_json(*installation, prefix_of(request, prefix)));
    json::object object;
    object["plugins"] = std::move(plugins);
    object["links"] = links(prefix_of(request, prefix) + std::string(kRoot));
    auto response = json_response(200, std::move(object));
    response.headers.emplace_back("upm-token", issue_token());
    co_return response;
}

io::Task<Answer> Upm::install(Request& request, std::string prefix) {
    const auto body = co_await read_json(request);
    if (!body) co_return tl::unexpected(body.error());
    const auto uri = body->view.find("pluginUri");
    if (!uri || !uri->is_string())
        co_return tl::unexpected(
            wrong("The body names no descriptor.", {{"/pluginUri", "must be the URL of an atlassian-connect.json"}}));
    if (!take_token(request.query("token").value_or(""))) {
        http::Problem problem{403, "upm-token", "No valid UPM token",
                              "?token= must be the upm-token header of a GET of this resource; a token is good once."};
        co_return tl::unexpected(std::move(problem));
    }
    lifecycle::InstallRequest install;
    install.tenant = request.tenant->id;
    install.descriptor_url = uri->string();
    const auto id = io::random_uuid();
    pending_.emplace_back(id, Pending{request.tenant->id, false, {}, {}});
    if (pending_.size() > kPendingMax) pending_.pop_front();
    tasks_.spawn(run(id, std::move(install)));

    const auto self = prefix_of(request, prefix) + std::string(kRoot) + "pending/" + id;
    json::object object;
    object["type"] = "INSTALL";
    object["pingAfter"] = kPingAfterMs;
    object["status"] = json::object{{"done", false}, {"statusCode", 200}};
    object["links"] = links(self);
    auto response = json_response(202, std::move(object));
    response.headers.emplace_back("Location", self);
    co_return response;
}

io::Task<void> Upm::run(std::string id, lifecycle::InstallRequest install) {
    const auto installed = co_await lifecycle_.install(std::move(install));
    const auto found = std::ranges::find_if(pending_, [&](const auto& entry) { return entry.first == id; });
    if (found == pending_.end()) co_return;
    auto& pending = found->second;
    pending.is_done = true;
    if (!installed) {
        pending.problem = installed.error();
        co_return;
    }
    const auto snapshot = engine_.registry().snapshot();
    if (const auto* installation = snapshot->find_installation(installed->installation))
        pending.addon_key = installation->addon_key;
}

io::Task<Answer> Upm::pending(Request& request, std::string prefix) {
    const auto& id = request.parameters.back();
    const auto found = std::ranges::find_if(pending_, [&](const auto& entry) { return entry.first == id; });
    if (found == pending_.end() || found->second.tenant != request.tenant->id)
        co_return tl::unexpected(not_found("There is no pending install '" + id + "'."));
    const auto& pending = found->second;
    const auto own_prefix = prefix_of(request, prefix);
    if (!pending.addon_key.empty()) {
        const auto* installation = request.snapshot->find_installation(request.tenant->id, pending.addon_key);
        if (installation != nullptr) co_return json_response(200, plugin_json(*installation, own_prefix));
    }
    json::object status{{"done", pending.is_done}};
    if (pending.is_done) {
        auto what = pending.problem.detail;
        for (const auto& error : pending.problem.errors) what += " " + error.pointer + ": " + error.message + ".";
        status["statusCode"] = pending.problem.status;
        status["errorMessage"] = what;
        status["subCode"] = "upm.pluginInstall.error." + pending.problem.name;
    }
    json::object object;
    object["pingAfter"] = kPingAfterMs;
    object["status"] = std::move(status);
    object["links"] = links(own_prefix + std::string(kRoot) + "pending/" + id);
    co_return json_response(200, std::move(object));
}

io::Task<Answer> Upm::uninstall(Request& request) {
    std::string_view key = request.parameters.back();
    if (key.ends_with("-key")) key.remove_suffix(4);
    const auto* installation = request.snapshot->find_installation(request.tenant->id, key);
    if (installation == nullptr || installation->state == registry::InstallationState::uninstalled)
        co_return tl::unexpected(not_found("There is no add-on '" + std::string(key) + "'."));
    const auto done = co_await lifecycle_.uninstall(installation->id);
    if (!done) co_return tl::unexpected(done.error());
    co_return no_content();
}

std::string Upm::issue_token() {
    tokens_.push_back(io::random_uuid());
    if (tokens_.size() > kTokensMax) tokens_.pop_front();
    return tokens_.back();
}

bool Upm::take_token(const std::string& token) {
    const auto found = std::ranges::find(tokens_, token);
    if (found == tokens_.end()) return false;
    tokens_.erase(found);
    return true;
}

}  // namespace posthorn::api
