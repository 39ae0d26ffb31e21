#include <utility>

#include "api/json_answer.h"
#include "api/tenant_routes.h"

namespace posthorn::api {

namespace {

using registry::Role;

json::object to_json(const registry::ApiKey& key, const registry::Snapshot& snapshot) {
    const auto* tenant = key.tenant ? snapshot.find_tenant(key.tenant) : nullptr;
    json::object object;
    object["id"] = key.id;
    object["role"] = registry::to_text(key.role);
    object["tenant"] = tenant != nullptr ? json::value(tenant->key) : json::value(nullptr);
    object["addon"] = key.addon.empty() ? json::value(nullptr) : json::value(key.addon);
    object["note"] = key.note;
    object["createdAt"] = to_rfc3339(key.created_at);
    return object;
}

struct WantedKey {
    Role role = Role::read;
    TenantId tenant;
    std::string addon;
    std::string note;
};

tl::expected<WantedKey, http::Problem> read_key(wire::JsonView body, const registry::Snapshot& snapshot) {
    WantedKey wanted;
    std::vector<http::ProblemError> errors;
    const auto text = [&](std::string_view name) -> std::string {
        const auto value = body.find(name);
        if (!value || value->is_null()) return {};
        if (value->is_string()) return value->string();
        errors.push_back({"/" + std::string(name), "must be a string"});
        return {};
    };
    const auto role = text("role");
    const auto tenant = text("tenant");
    wanted.addon = text("addon");
    wanted.note = text("note");
    const auto parsed_role = registry::parse_role(role);
    if (parsed_role) wanted.role = *parsed_role;
    else errors.push_back({"/role", "is '" + role + "'; there are admin, tenant, publish and read"});
    if (!tenant.empty()) {
        const auto* found = snapshot.find_tenant(tenant);
        if (found != nullptr) wanted.tenant = found->id;
        else errors.push_back({"/tenant", "there is no tenant '" + tenant + "'"});
    }
    if (parsed_role) {
        const bool needs_tenant = wanted.role == Role::tenant || wanted.role == Role::publish;
        if (needs_tenant && tenant.empty()) errors.push_back({"/tenant", "is missing: this role is for one tenant"});
        if (wanted.role == Role::admin && !tenant.empty())
            errors.push_back({"/tenant", "an admin key is for all tenants"});
        if (wanted.role != Role::tenant && !wanted.addon.empty())
            errors.push_back({"/addon", "only a key of the role tenant can be limited to one add-on"});
    }
    if (!errors.empty()) return tl::unexpected(wrong("The key can't be made.", std::move(errors)));
    return wanted;
}

io::Task<Answer> create(Request& request, engine::Engine& engine) {
    const auto body = co_await read_json(request);
    if (!body) co_return tl::unexpected(body.error());
    auto wanted = read_key(body->view, *request.snapshot);
    if (!wanted) co_return tl::unexpected(std::move(wanted).error());
    const auto token = registry::random_api_token();
    auto key = registry::make_api_key(wanted->role, wanted->tenant, wanted->addon, wanted->note, token, wall_now());
    auto object = to_json(key, *request.snapshot);
    object["key"] = token.reveal();  // The only time that it is shown.
    std::vector<registry::RegistryChange> changes;
    changes.emplace_back(registry::PutApiKey{std::move(key)});
    const auto changed = co_await engine.change(std::move(changes));
    if (!changed) co_return tl::unexpected(problem_of(changed.error()));
    auto response = json_response(201, std::move(object));
    response.headers.emplace_back("Cache-Control", "no-store");
    co_return response;
}

io::Task<Answer> list(Request& request) {
    json::array items;
    for (const auto* key : request.snapshot->api_keys()) items.emplace_back(to_json(*key, *request.snapshot));
    co_return json_response(200, page(std::move(items), std::nullopt));
}

io::Task<Answer> remove(Request& request, engine::Engine& engine) {
    const auto& id = request.parameters.at(0);
    if (request.snapshot->find_api_key(id) == nullptr)
        co_return tl::unexpected(not_found("There is no API key '" + id + "'."));
    std::vector<registry::RegistryChange> changes;
    changes.emplace_back(registry::RemoveApiKey{id});
    const auto changed = co_await engine.change(std::move(changes));
    if (!changed) co_return tl::unexpected(problem_of(changed.error()));
    co_return no_content();
}

io::Task<Answer> rotate_install_key(engine::Engine& engine) {
    // Making one takes some 100 ms: a reader's thread has that time, the net thread has not.
    std::function<Result<registry::InstallKey>(state::Reader&)> make = [&engine](state::Reader&) {
        return registry::make_install_key(engine.registry().master_key(), wall_now());
    };
    auto key = co_await engine.read(std::move(make));
    if (!key) co_return tl::unexpected(problem_of(key.error()));
    json::object object{{"kid", key->kid}, {"createdAt", to_rfc3339(key->created_at)}};
    std::vector<registry::RegistryChange> changes;
    changes.emplace_back(registry::PutInstallKey{*std::move(key)});
    const auto changed = co_await engine.change(std::move(changes));
    if (!changed) co_return tl::unexpected(problem_of(changed.error()));
    co_return json_response(201, std::move(object));
}

}  // namespace

void add_key_routes(Router& router, engine::Engine& engine) {
    router.add("GET", "/api/v1/keys", registry::Action::change_server, list);
    router.add("POST", "/api/v1/keys", registry::Action::change_server,
               [&engine](Request& request) { return create(request, engine); });
    router.add("POST", "/api/v1/install-keys", registry::Action::change_server,
               [&engine](Request&) { return rotate_install_key(engine); });
    router.add("DELETE", "/api/v1/keys/{key}", registry::Action::change_server,
               [&engine](Request& request) { return remove(request, engine); });
}

}  // namespace posthorn::api
