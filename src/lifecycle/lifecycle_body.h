#pragma once
// The body of lifecycle calls and of connect_addon_* events: connect.md section 4.

#include <string>
#include <string_view>

#include "registry/installation.h"
#include "registry/secret.h"
#include "registry/snapshot.h"
#include "registry/tenant.h"

namespace posthorn::lifecycle {

/// What a body tells of the host beside the tenant.
struct Host {
    std::string_view public_url;      ///< For a tenant without a baseUrl of its own.
    const registry::InstallKey* key;  ///< The current install key; null: no `publicKey`.
};

/// `event_type` is "installed", "uninstalled", "enabled" or "disabled". `secret` is null but for `installed`.
std::string lifecycle_body(std::string_view addon_key, const registry::Tenant& tenant, const Host& host,
                           std::string_view event_type, const registry::Secret* secret = nullptr);

}  // namespace posthorn::lifecycle
