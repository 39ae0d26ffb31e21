#include <utility>

#include "api/event_type_json.h"
#include "api/tenant_routes.h"

namespace posthorn::api {

namespace {

/// Of the query parameter `product`; nothing if it is not there.
tl::expected<std::optional<model::Product>, http::Problem> product_of(const Request& request) {
    const auto text = request.query("product");
    if (!text) return std::optional<model::Product>();
    const auto product = model::parse_product(*text);
    if (!product)
        return tl::unexpected(http::Problem{400, "wrong-parameter", "Wrong query parameter",
                                            "'product' must be jira or confluence, not '" + *text + "'."});
    return product;
}

io::Task<Answer> list(Request& request, const catalogue::Catalogue& catalogue) {
    const auto only = product_of(request);
    if (!only) co_return tl::unexpected(only.error());
    json::array items;
    for (const auto product : catalogue::kProducts)
        if (!*only || **only == product)
            for (const auto& type : catalogue.types(product)) items.emplace_back(summary_json(type));
    co_return json_response(200, page(std::move(items), std::nullopt));
}

io::Task<Answer> show(Request& request, const catalogue::Catalogue& catalogue) {
    const auto only = product_of(request);
    if (!only) co_return tl::unexpected(only.error());
    const auto& name = request.parameters.at(0);
    const auto* type = *only ? catalogue.find(**only, name) : catalogue.find(name);
    if (type != nullptr) co_return json_response(200, full_json(catalogue, *type));
    for (const auto* tenant : request.snapshot->tenants()) {
        if (*only && tenant->product != **only) continue;
        if (!request.caller.may(registry::Action::read_tenant, {tenant->id, {}})) continue;
        if (const auto* custom = request.snapshot->custom_types(tenant->id).find(name))
            co_return json_response(200, full_json(*custom));
    }
    co_return tl::unexpected(not_found(catalogue.explain_unknown(only->value_or(model::Product::jira), name)));
}

}  // namespace

void add_catalogue_routes(Router& router, const catalogue::Catalogue& catalogue) {
    router.add("GET", "/api/v1/event-types", registry::Action::read_tenant,
               [&](Request& request) { return list(request, catalogue); });
    router.add("GET", "/api/v1/event-types/{type}", registry::Action::read_tenant,
               [&](Request& request) { return show(request, catalogue); });
}

}  // namespace posthorn::api
