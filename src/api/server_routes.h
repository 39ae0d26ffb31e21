#pragma once
// What the server says of itself: health, metrics, install keys, the description of its API.

#include <functional>
#include <string>

#include "api/router.h"
#include "engine/engine.h"

namespace posthorn::api {

/// /healthz, /readyz, /install-keys/{kid}, /openapi.json. `is_ready` says whether the server takes events.
void add_server_routes(Router& router, engine::Engine& engine, std::function<bool()> is_ready);

}  // namespace posthorn::api
