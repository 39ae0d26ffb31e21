#include "registry/tenant.h"

#include <algorithm>

#include <fmt/format.h>
#include <boost/json/object.hpp>

#include "catalogue/json_text.h"
#include "registry/row_id.h"
#include "registry/settings_json.h"

namespace posthorn::registry {

namespace json = boost::json;

bool is_tenant_key(std::string_view text) {
    return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    });
}

std::string base_url_of(const Tenant& tenant, std::string_view public_url) {
    if (!tenant.base_url.empty()) return tenant.base_url;
    while (public_url.ends_with('/')) public_url.remove_suffix(1);
    return fmt::format("{}/t/{}", public_url, tenant.key);
}

std::string to_json(const Tenant& tenant, std::string_view public_url) {
    json::object object;
    object["key"] = tenant.key;
    object["product"] = json::string(model::to_string(tenant.product));
    object["clientKey"] = tenant.client_key;
    object["baseUrl"] = base_url_of(tenant, public_url);
    object["displayName"] = tenant.display_name;
    if (!tenant.service_entitlement_number.empty())
        object["serviceEntitlementNumber"] = tenant.service_entitlement_number;
    for (auto& member : to_json_object(tenant.defaults)) object.emplace(member.key(), member.value());
    object["createdAt"] = to_rfc3339(tenant.created_at);
    return catalogue::to_text(object, catalogue::JsonStyle::compact);
}

model::RegistryRow to_row(const Tenant& tenant) {
    auto object = new_row_object();
    object["key"] = tenant.key;
    object["product"] = json::string(model::to_string(tenant.product));
    object["client_key"] = tenant.client_key;
    object["base_url"] = tenant.base_url;
    object["display_name"] = tenant.display_name;
    object["service_entitlement_number"] = tenant.service_entitlement_number;
    object["defaults"] = to_row_object(tenant.defaults);
    object["created_at"] = epoch_ms(tenant.created_at);
    return make_row("tenant", std::to_string(tenant.id.value), object);
}

Result<Tenant> tenant_from_row(const model::RegistryRow& row) {
    POSTHORN_TRY(auto reader, RowReader::open(row, "tenant"));
    Tenant tenant;
    tenant.id = TenantId{id_of_row(row).value_or(0)};
    tenant.key = reader.text("key");
    if (const auto product = model::parse_product(reader.text("product"))) tenant.product = *product;
    else reader.refuse("product");
    tenant.client_key = reader.text("client_key");
    tenant.base_url = reader.text_or_empty("base_url");
    tenant.display_name = reader.text_or_empty("display_name");
    tenant.service_entitlement_number = reader.text_or_empty("service_entitlement_number");
    auto defaults = reader.object("defaults");
    tenant.defaults = defaults_from_row(defaults);
    reader.absorb(std::move(defaults));
    tenant.created_at = reader.moment("created_at");
    if (!is_tenant_key(tenant.key)) reader.refuse("key");
    POSTHORN_CHECK(reader.finish());
    if (!tenant.id) return fail(Errc::corrupt, "the row's key is no id", reader.where());
    return tenant;
}

}  // namespace posthorn::registry
