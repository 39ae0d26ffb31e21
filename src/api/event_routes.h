#pragma once
// Posting events: POST .../tenants/{tenant}/events.

#include "api/router.h"
#include "engine/engine.h"

namespace posthorn::api {

/// References outlive the router.
void add_event_routes(Router& router, engine::Engine& engine);

}  // namespace posthorn::api
