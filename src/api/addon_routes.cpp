#include "api/addon_routes.h"

#include <utility>

#include "api/addon_json.h"

namespace posthorn::api {

namespace {

using registry::Action;

constexpr std::size_t kInstallBytesMax = 2 * 1024 * 1024;  // A descriptor of 1 MiB, and settings.

/// The body of an install, or what is wrong with it, all at once.
tl::expected<lifecycle::InstallRequest, http::Problem> read_install(wire::JsonView body, TenantId tenant) {
    lifecycle::InstallRequest install;
    install.tenant = tenant;
    std::vector<http::ProblemError> errors;
    const auto url = body.find("descriptorUrl");
    const auto descriptor = body.find("descriptor");
    if (url && descriptor) errors.push_back({"", "has both descriptorUrl and descriptor; give one"});
    if (!url && !descriptor)
        errors.push_back({"", "has neither \"descriptorUrl\":\"https://...\" nor \"descriptor\":{...}"});
    if (url) {
        if (url->is_string()) install.descriptor_url = url->string();
        else errors.push_back({"/descriptorUrl", "must be a string"});
    }
    if (descriptor) install.descriptor = std::string(descriptor->raw());
    if (const auto settings = body.find("settings")) {
        auto patch = registry::parse_settings(*settings, "/settings");
        if (patch) install.settings = *std::move(patch);
        else
            for (auto& error : to_errors(patch.error())) errors.push_back(std::move(error));
    }
    if (const auto user = body.find("user"); user && !user->is_null()) {
        const auto text = [&](const char* name) {
            const auto value = user->find(name);
            if (value && !value->is_string()) errors.push_back({"/user/" + std::string(name), "must be a string"});
            return value && value->is_string() ? value->string() : std::string();
        };
        if (!user->is_object()) errors.push_back({"/user", "must be an object"});
        else install.user = {text("id"), text("key"), text("accountId"), text("displayName")};
    }
    if (!errors.empty()) return tl::unexpected(wrong("The install can't be read.", std::move(errors)));
    return install;
}

/// What the registry has now, not when the request began.
json::object shown(engine::Engine& engine, InstallationId id) {
    const auto snapshot = engine.registry().snapshot();
    const auto* installation = snapshot->find_installation(id);
    if (installation == nullptr) return {};
    return to_json_in_full(*installation, *snapshot->find_tenant(installation->tenant));
}

io::Task<Answer> install(Request& request, lifecycle::Lifecycle& lifecycle, engine::Engine& engine) {
    const auto body = co_await read_json(request, kInstallBytesMax);
    if (!body) co_return tl::unexpected(body.error());
    auto install = read_install(body->view, request.tenant->id);
    if (!install) co_return tl::unexpected(std::move(install).error());
    auto installed = co_await lifecycle.install(*std::move(install));
    if (!installed) co_return tl::unexpected(std::move(installed).error());
    co_return json_response(installed->is_update ? 200 : 201, shown(engine, installed->installation));
}

/// An install that never succeeded leaves a row at most, for its secret: nobody has installed that add-on.
bool was_ever_installed(const registry::Installation& installation) { return installation.installed_at.has_value(); }

io::Task<Answer> list(Request& request) {
    json::array items;
    for (const auto* installation : request.snapshot->installations(request.tenant->id)) {
        if (!was_ever_installed(*installation)) continue;
        if (installation->state == registry::InstallationState::uninstalled && !request.query("all")) continue;
        const registry::Subject subject{request.tenant->id, installation->addon_key};
        if (request.caller.may(Action::read_addon, subject)) items.push_back(to_json(*installation, *request.tenant));
    }
    co_return json_response(200, page(std::move(items), std::nullopt));
}

io::Task<Answer> show(Request& request) {
    if (!was_ever_installed(*request.installation))
        co_return tl::unexpected(not_found("The tenant '" + request.tenant->key + "' has no add-on '" +
                                           request.installation->addon_key + "': its install did not succeed."));
    // What is kept of it (its secret, for a legacy re-install) does not make it an add-on of the tenant.
    if (request.installation->state == registry::InstallationState::uninstalled && !request.query("all"))
        co_return tl::unexpected(not_found("The add-on '" + request.installation->addon_key + "' is not installed."));
    co_return json_response(200, to_json_in_full(*request.installation, *request.tenant));
}

io::Task<Answer> change_settings(Request& request, lifecycle::Lifecycle& lifecycle, engine::Engine& engine) {
    const auto body = co_await read_json(request);
    if (!body) co_return tl::unexpected(body.error());
    auto patch = registry::parse_settings(body->view);
    if (!patch) co_return tl::unexpected(wrong("The settings are wrong.", to_errors(patch.error())));
    const auto id = request.installation->id;
    const auto changed = co_await lifecycle.change_settings(id, *std::move(patch));
    if (!changed) co_return tl::unexpected(changed.error());
    co_return json_response(200, shown(engine, id));
}

using Operation = io::Task<lifecycle::Outcome<void>> (lifecycle::Lifecycle::*)(InstallationId);

}  // namespace

void add_addon_routes(Router& router, lifecycle::Lifecycle& lifecycle, engine::Engine& engine) {
    const std::string addons = "/api/v1/tenants/{tenant}/addons";
    const std::string addon = addons + "/{addon}";
    router.add("POST", addons, Action::change_addon,
               [&](Request& request) { return install(request, lifecycle, engine); });
    // A key for one add-on sees that one in the list, so the right is asked for each.
    router.add("GET", addons, Action::read_tenant, list);
    router.add("GET", addon, Action::read_addon, show);
    router.add("PATCH", addon, Action::change_addon,
               [&](Request& request) { return change_settings(request, lifecycle, engine); });

    const auto add_operation = [&](std::string_view method, const std::string& pattern, Operation operation) {
        router.add(method, pattern, Action::change_addon,
                   [&lifecycle, &engine, operation](Request& request) -> io::Task<Answer> {
                       const auto id = request.installation->id;
                       const auto done = co_await (lifecycle.*operation)(id);
                       if (!done) co_return tl::unexpected(done.error());
                       co_return json_response(200, shown(engine, id));
                   });
    };
    add_operation("POST", addon + "/enable", &lifecycle::Lifecycle::enable);
    add_operation("POST", addon + "/disable", &lifecycle::Lifecycle::disable);
    add_operation("POST", addon + "/pause", &lifecycle::Lifecycle::pause);
    add_operation("POST", addon + "/resume", &lifecycle::Lifecycle::resume);
    add_operation("POST", addon + "/rotate-secret", &lifecycle::Lifecycle::rotate_secret);
    router.add("DELETE", addon, Action::change_addon, [&lifecycle](Request& request) -> io::Task<Answer> {
        const auto done = co_await lifecycle.uninstall(request.installation->id);
        if (!done) co_return tl::unexpected(done.error());
        co_return no_content();
    });
}

}  // namespace posthorn::api
