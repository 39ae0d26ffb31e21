#pragma once
// How the server itself is: GET /api/v1/system.

#include <chrono>
#include <string>
#include <vector>

#include "api/router.h"
#include "base/moment.h"
#include "engine/engine.h"

namespace posthorn::api {

/// What the program knows of itself from its start.
struct SystemFacts {
    Moment started_at;
    std::string public_url;
    std::string data;  ///< Folder of the store.
    Millis retention{};
    bool is_dev = false;
    std::vector<std::string> warnings;  ///< Of the start, as sentences.
};

/// GET /api/v1/system: version, store, commit times, and what is wrong with what to do. For whoever may read the server.
void add_system_routes(Router& router, engine::Engine& engine, SystemFacts facts);

}  // namespace posthorn::api
