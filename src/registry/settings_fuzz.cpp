// Fuzz target: bodies of PATCH .../addons/{key} and of tenants.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "registry/settings.h"
#include "registry/tenant.h"

namespace {

using namespace posthorn;

void require(bool holds) {
    if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (!wire::check_json(text)) return 0;
    const wire::JsonView body(text);
    if (const auto patch = registry::parse_settings(body)) {
        registry::Settings settings;
        patch->apply_to(settings);
        // What an answer shows can be sent back, and changes nothing.
        const auto shown = registry::to_json(settings);
        require(wire::check_json(shown).has_value());
        const auto again = registry::parse_settings(wire::JsonView(shown));
        require(again.has_value());
        auto unchanged = settings;
        again->apply_to(unchanged);
        require(unchanged == settings);
    } else {
        require(!patch.error().empty());
    }
    if (const auto tenant = registry::parse_tenant(body, registry::TenantBody::create, {})) {
        require(registry::is_tenant_key(tenant->key));
        require(wire::check_json(registry::to_json(*tenant, "https://p.example")).has_value());
    }
    return 0;
}
