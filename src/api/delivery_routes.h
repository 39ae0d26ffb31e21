#pragma once
// The history: events, deliveries and attempts; replay, cancel, recover.

#include "api/router.h"
#include "engine/engine.h"
#include "engine/recovery.h"

namespace posthorn::api {

/// .../tenants/{tenant}/deliveries and below, GET .../events and .../events/{id}, /api/v1/operations/{id}.
/// References outlive the router.
void add_delivery_routes(Router& router, engine::Engine& engine, engine::Recoveries& recoveries);

}  // namespace posthorn::api
