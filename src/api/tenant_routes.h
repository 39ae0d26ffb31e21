#pragma once
// Tenants and their own event types, API keys, and the catalogue.

#include "api/router.h"
#include "engine/engine.h"

namespace posthorn::api {

/// /api/v1/tenants, /api/v1/tenants/{tenant} and .../event-types. References outlive the router.
void add_tenant_routes(Router& router, engine::Engine& engine, std::string public_url);

/// /api/v1/keys, and POST /api/v1/install-keys, which makes a new current one (old ones stay readable).
void add_key_routes(Router& router, engine::Engine& engine);

/// /api/v1/event-types.
void add_catalogue_routes(Router& router, const catalogue::Catalogue& catalogue);

}  // namespace posthorn::api
