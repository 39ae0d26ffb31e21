#pragma once
// As much of an installation as the engine asks about, and its row in the journal.

#include <sstream>
#include <string>

#include "engine/scheduler.h"
#include "model/record.h"

namespace posthorn::simulation {

struct Installation {
    InstallationId id;
    std::string receiver;
    std::uint32_t concurrency = 1;
    WebhookNumber webhook = 1;  ///< It has one; an update may replace it, and its number is never used again.
    bool is_paused = false;
    bool is_uninstalled = false;

    engine::LaneConfig lane() const { return {id, receiver, concurrency, is_paused}; }

    model::RegistryRow row() const {
        std::ostringstream text;
        text << receiver << ' ' << concurrency << ' ' << webhook << ' ' << is_paused << ' ' << is_uninstalled;
        return {"installation", std::to_string(id.value), text.str()};
    }
    static Installation read(const model::RegistryRow& row) {
        Installation installation;
        std::istringstream text(*row.value);
        text >> installation.receiver >> installation.concurrency >> installation.webhook >> installation.is_paused >>
            installation.is_uninstalled;
        installation.id.value = std::stoull(row.key);
        return installation;
    }
};

}  // namespace posthorn::simulation
