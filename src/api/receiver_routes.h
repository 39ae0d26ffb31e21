#pragma once
// How the receivers are doing, and stopping the calls to one.

#include "api/router.h"
#include "engine/engine.h"

namespace posthorn::api {

/// GET /api/v1/receivers, GET /api/v1/receivers/{receiver}, POST .../pause, POST .../resume. A receiver is named by its
/// origin, percent-encoded: https%3A%2F%2Fhost. Receivers are nobody's alone, so these need a
/// right to the whole server.
void add_receiver_routes(Router& router, engine::Engine& engine);

}  // namespace posthorn::api
