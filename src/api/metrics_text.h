#pragma once
// Metrics in Prometheus' text format.

#include <string>

#include "engine/engine.h"

namespace posthorn::api {

/// What the engine counted since the start. Net thread.
std::string metrics_text(const engine::Engine& engine);

}  // namespace posthorn::api
