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
    TenantId tenant{1};
    std::uint32_t rate = 0;  ///< Calls a minute; 0 for no limit.

    engine::LaneConfig lane() const {
        engine::LaneConfig config;
        config.installation = id;
        config.receiver = receiver;
        config.concurrency = concurrency;
        config.is_held = is_paused;
        config.tenant = tenant;
        if (rate > 0) config.rate = wire::Rate{rate, std::chrono::minutes(1)};
        return config;
    }

    model::RegistryRow row() const {
        std::ostringstream text;
        text << receiver << ' ' << concurrency << ' ' << webhook << ' ' << is_paused << ' ' << is_uninstalled
             << ' ' << tenant.value << ' ' << rate;
        return {"installation", std::to_string(id.value), text.str()};
    }
    static Installation read(const model::RegistryRow& row) {
        Installation installation;
        std::istringstream text(*row.value);
        text >> installation.receiver >> installation.concurrency >> installation.webhook >> installation.is_paused >>
            installation.is_uninstalled >> installation.tenant.value >> installation.rate;
        installation.id.value = std::stoull(row.key);
        return installation;
    }
};

}  // namespace posthorn::simulation
