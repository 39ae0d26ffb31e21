#pragma once
// A tenant: one site of one product, as Connect's clientKey is.

#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "base/id.h"
#include "base/result.h"
#include "model/event.h"
#include "model/record.h"
#include "registry/finding.h"
#include "registry/settings.h"

namespace posthorn::registry {

/// A value.
struct Tenant {
    TenantId id = {};
    std::string key = {};  ///< [a-z0-9-], 1 to 64; in paths and on the command line.
    model::Product product = model::Product::jira;
    std::string client_key = {};
    std::string base_url = {};  ///< Without trailing '/'. Empty: {public-url}/t/{key}, see base_url_of.
    std::string display_name = {};
    std::string service_entitlement_number = {};  ///< May be empty.
    DeliveryDefaults defaults = {};
    Moment created_at = {};

    bool operator==(const Tenant&) const = default;
};

/// [a-z0-9-], 1 to 64.
bool is_tenant_key(std::string_view text);

/// The tenant's baseUrl as lifecycle bodies have it; `public_url` may end with '/'.
std::string base_url_of(const Tenant& tenant, std::string_view public_url);

/// Whether a body makes a tenant (key and product required) or changes one (both refused).
enum class TenantBody : std::uint8_t { create, change };

/// Reads the body of POST or PATCH .../tenants onto `tenant` (a fresh one, or the one that changes):
/// {"key","product","clientKey","baseUrl","displayName","serviceEntitlementNumber","retry","timeouts",
/// "concurrency"}. With create, a missing clientKey becomes a random UUID and a missing displayName the key.
/// `body` is a value in checked JSON.
tl::expected<Tenant, Findings> parse_tenant(wire::JsonView body, TenantBody kind, Tenant tenant);

/// As the API shows it, without trailing line end.
std::string to_json(const Tenant& tenant, std::string_view public_url);

/// A row of kind "tenant"; its key is the id.
model::RegistryRow to_row(const Tenant& tenant);
/// Errors: corrupt, unsupported (a newer major version of the row).
Result<Tenant> tenant_from_row(const model::RegistryRow& row);

}  // namespace posthorn::registry
