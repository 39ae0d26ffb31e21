#include "registry/custom_types.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "catalogue/catalogue.h"
#include "registry/row_json.h"

namespace posthorn::registry {

namespace {

std::string_view name_of(const std::shared_ptr<const catalogue::CustomType>& type) { return type->type.name; }

}  // namespace

const catalogue::CustomType* TenantCustomTypes::find(std::string_view name) const {
    const auto found = std::ranges::lower_bound(types_, name, {}, name_of);
    return found != types_.end() && name_of(*found) == name ? found->get() : nullptr;
}

bool TenantCustomTypes::have_variable(std::string_view name) const {
    return std::ranges::any_of(
        types_, [&](const auto& custom) { return catalogue::find_variable(custom->type, name) != nullptr; });
}

std::vector<std::string_view> TenantCustomTypes::names() const {
    std::vector<std::string_view> names;
    names.reserve(types_.size());
    for (const auto& type : types_) names.push_back(name_of(type));
    return names;
}

void TenantCustomTypes::put(catalogue::CustomType type) {
    auto shared = std::make_shared<const catalogue::CustomType>(std::move(type));
    const auto place = std::ranges::lower_bound(types_, name_of(shared), {}, name_of);
    if (place != types_.end() && name_of(*place) == name_of(shared)) *place = std::move(shared);
    else types_.insert(place, std::move(shared));
}

void TenantCustomTypes::remove(std::string_view name) {
    std::erase_if(types_, [&](const auto& type) { return name_of(type) == name; });
}

std::function<bool(std::string_view)> known_variables(const catalogue::Catalogue& catalogue,
                                                      const TenantCustomTypes& custom_types) {
    return [&catalogue, &custom_types](std::string_view name) {
        return catalogue.find_variable(name) != nullptr || custom_types.have_variable(name);
    };
}

model::RegistryRow to_row(TenantId tenant, const catalogue::CustomType& type) {
    auto object = new_row_object();
    object["document"] = catalogue::to_json(type);
    return make_row("event_type", fmt::format("{}/{}", tenant.value, type.type.name), object);
}

std::optional<TenantId> tenant_of_custom_type_row(const model::RegistryRow& row) {
    TenantId tenant;
    const char* const end = row.key.data() + row.key.size();
    const auto [slash, error] = std::from_chars(row.key.data(), end, tenant.value);
    if (error != std::errc() || slash == end || *slash != '/' || !tenant) return std::nullopt;
    return tenant;
}

Result<CustomTypeRow> custom_type_from_row(const catalogue::Catalogue& catalogue, model::Product product,
                                           const model::RegistryRow& row) {
    POSTHORN_TRY(auto reader, RowReader::open(row, "event_type"));
    const auto document = reader.text("document");
    POSTHORN_CHECK(reader.finish());
    const auto tenant = tenant_of_custom_type_row(row);
    if (!tenant) return fail(Errc::corrupt, "the row's key has no tenant", reader.where());
    const auto name = std::string_view(row.key).substr(row.key.find('/') + 1);
    if (catalogue.find(product, name) != nullptr)
        return fail(Errc::conflict, "an event type of that name is built in now", reader.where());
    auto parsed = catalogue::parse_custom_type(catalogue, product, document);
    if (!parsed)
        return fail(Errc::corrupt, "the stored event type is not valid: " + parsed.error().list.front().detail,
                    reader.where());
    return CustomTypeRow{.tenant = *tenant, .name = parsed->type.name, .type = std::move(*parsed)};
}

}  // namespace posthorn::registry
