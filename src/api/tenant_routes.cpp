#include <utility>

#include "api/event_type_json.h"
#include "api/json_answer.h"
#include "api/tenant_routes.h"

namespace posthorn::api {

namespace {

using registry::Action;

io::Task<tl::expected<void, http::Problem>> change(engine::Engine& engine, registry::RegistryChange change) {
    std::vector<registry::RegistryChange> changes;
    changes.push_back(std::move(change));
    const auto changed = co_await engine.change(std::move(changes));
    if (!changed) co_return tl::unexpected(problem_of(changed.error()));
    co_return tl::expected<void, http::Problem>();
}

http::Response tenant_response(unsigned status, const registry::Tenant& tenant, const std::string& public_url) {
    return json_response(status, registry::to_json(tenant, public_url));
}

io::Task<Answer> list(Request& request, const std::string& public_url) {
    json::array items;
    for (const auto* tenant : request.snapshot->tenants())
        if (request.caller.may(Action::read_tenant, {tenant->id, {}}))
            items.push_back(parsed(registry::to_json(*tenant, public_url)));
    co_return json_response(200, page(std::move(items), std::nullopt));
}

io::Task<Answer> create(Request& request, engine::Engine& engine, const std::string& public_url) {
    const auto body = co_await read_json(request);
    if (!body) co_return tl::unexpected(body.error());
    registry::Tenant fresh;
    fresh.created_at = wall_now();
    auto tenant = registry::parse_tenant(body->view, registry::TenantBody::create, std::move(fresh));
    if (!tenant) co_return tl::unexpected(wrong("The tenant can't be made.", to_errors(tenant.error())));
    const auto key = tenant->key;
    registry::RegistryChange put = registry::PutTenant{*std::move(tenant)};
    const auto changed = co_await change(engine, std::move(put));
    if (!changed) co_return tl::unexpected(changed.error());
    co_return tenant_response(201, *engine.registry().snapshot()->find_tenant(key), public_url);
}

io::Task<Answer> patch(Request& request, engine::Engine& engine, const std::string& public_url) {
    const auto body = co_await read_json(request);
    if (!body) co_return tl::unexpected(body.error());
    auto tenant = registry::parse_tenant(body->view, registry::TenantBody::change, *request.tenant);
    if (!tenant) co_return tl::unexpected(wrong("The tenant can't be changed so.", to_errors(tenant.error())));
    const auto id = tenant->id;
    registry::RegistryChange put = registry::PutTenant{*std::move(tenant)};
    const auto changed = co_await change(engine, std::move(put));
    if (!changed) co_return tl::unexpected(changed.error());
    co_return tenant_response(200, *engine.registry().snapshot()->find_tenant(id), public_url);
}

io::Task<Answer> remove(Request& request, engine::Engine& engine) {
    for (const auto* installation : request.snapshot->installations(request.tenant->id))
        if (installation->state != registry::InstallationState::uninstalled) {
            http::Problem problem{409, "conflict", "Conflict",
                                  "The tenant still has the add-on '" + installation->addon_key +
                                      "': uninstall its add-ons first, so that they are told."};
            co_return tl::unexpected(std::move(problem));
        }
    registry::RegistryChange gone = registry::RemoveTenant{request.tenant->id};
    const auto changed = co_await change(engine, std::move(gone));
    if (!changed) co_return tl::unexpected(changed.error());
    co_return no_content();
}

io::Task<Answer> add_event_type(Request& request, engine::Engine& engine) {
    const auto body = co_await read_json(request, catalogue::kCustomTypeBytesMax);
    if (!body) co_return tl::unexpected(body.error());
    auto type = catalogue::parse_custom_type(engine.registry().catalogue(), request.tenant->product, body->text);
    if (!type) {
        std::vector<http::ProblemError> errors;
        for (auto& fault : type.error().list) errors.push_back({std::move(fault.pointer), std::move(fault.detail)});
        co_return tl::unexpected(wrong("The event type is wrong.", std::move(errors)));
    }
    auto text = catalogue::to_json(*type);
    const bool is_new = request.snapshot->custom_types(request.tenant->id).find(type->type.name) == nullptr;
    registry::RegistryChange put = registry::PutEventType{request.tenant->id, *std::move(type)};
    const auto changed = co_await change(engine, std::move(put));
    if (!changed) co_return tl::unexpected(changed.error());
    co_return json_response(is_new ? 201 : 200, std::move(text));
}

io::Task<Answer> list_event_types(Request& request, engine::Engine& engine) {
    json::array items;
    for (const auto& type : engine.registry().catalogue().types(request.tenant->product))
        items.emplace_back(summary_json(type));
    for (const auto& custom : request.snapshot->custom_types(request.tenant->id).list())
        items.emplace_back(summary_json(custom->type));
    co_return json_response(200, page(std::move(items), std::nullopt));
}

io::Task<Answer> remove_event_type(Request& request, engine::Engine& engine) {
    const auto& name = request.parameters.at(1);
    if (request.snapshot->custom_types(request.tenant->id).find(name) == nullptr)
        co_return tl::unexpected(not_found("The tenant has no event type '" + name + "' of its own."));
    registry::RegistryChange gone = registry::RemoveEventType{request.tenant->id, name};
    const auto changed = co_await change(engine, std::move(gone));
    if (!changed) co_return tl::unexpected(changed.error());
    co_return no_content();
}

}  // namespace

void add_tenant_routes(Router& router, engine::Engine& engine, std::string public_url) {
    const std::string tenants = "/api/v1/tenants";
    const std::string tenant = tenants + "/{tenant}";
    // Who may see no tenant at all gets an empty list.
    router.add("GET", tenants, Action::read_tenant,
               [public_url](Request& request) { return list(request, public_url); });
    router.add("POST", tenants, Action::change_server,
               [&engine, public_url](Request& request) { return create(request, engine, public_url); });
    router.add("GET", tenant, Action::read_tenant, [public_url](Request& request) -> io::Task<Answer> {
        co_return tenant_response(200, *request.tenant, public_url);
    });
    router.add("PATCH", tenant, Action::change_tenant,
               [&engine, public_url](Request& request) { return patch(request, engine, public_url); });
    router.add("DELETE", tenant, Action::change_server,
               [&engine](Request& request) { return remove(request, engine); });
    router.add("GET", tenant + "/event-types", Action::read_tenant,
               [&engine](Request& request) { return list_event_types(request, engine); });
    router.add("POST", tenant + "/event-types", Action::change_tenant,
               [&engine](Request& request) { return add_event_type(request, engine); });
    router.add("DELETE", tenant + "/event-types/{type}", Action::change_tenant,
               [&engine](Request& request) { return remove_event_type(request, engine); });
}

}  // namespace posthorn::api
