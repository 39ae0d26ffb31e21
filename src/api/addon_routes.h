#pragma once
// Add-ons of a tenant: install, look, change, uninstall.

#include "api/router.h"
#include "lifecycle/lifecycle.h"

namespace posthorn::api {

/// .../tenants/{tenant}/addons and below. References outlive the router.
void add_addon_routes(Router& router, lifecycle::Lifecycle& lifecycle, engine::Engine& engine);

}  // namespace posthorn::api
