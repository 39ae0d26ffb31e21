#pragma once
// As much of an installation as the engine asks about, and its row in the journal.

#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

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
    std::uint64_t ordering = 0;  ///< 0: none, 1: by receiver, more: by a variable that has so many values.
    std::optional<Moment> paused_at;
    std::vector<model::Pause> pauses;
    std::uint32_t rate = 0;  ///< Calls a minute; 0 for no limit.

    engine::LaneConfig lane() const {
        engine::LaneConfig config;
        config.installation = id;
        config.receiver = receiver;
        config.concurrency = concurrency;
        config.is_held = is_paused;
        config.tenant = tenant;
        config.pauses = pauses;
        if (rate > 0) config.rate = wire::Rate{rate, std::chrono::minutes(1)};
        return config;
    }

    /// As engine::order_key; the variable's value is the event's timestamp.
    model::OrderKey order_of(const model::Event& event) const {
        if (ordering <= 1) return ordering;
        return 2 + static_cast<std::uint64_t>(event.timestamp_ms) % ordering;
    }

    /// As registry::Installation::pause and resume.
    void set_paused(bool is_on, Moment now) {
        if (is_paused == is_on) return;
        is_paused = is_on;
        if (is_on) paused_at = now;
        else pauses.push_back({*std::exchange(paused_at, std::nullopt), now});
    }

    model::RegistryRow row() const {
        std::ostringstream text;
        text << receiver << ' ' << concurrency << ' ' << webhook << ' ' << is_paused << ' ' << is_uninstalled << ' '
             << tenant.value << ' ' << rate << ' ' << (paused_at ? epoch_ms(*paused_at) : 0) << ' ' << pauses.size()
             << ' ' << ordering;
        for (const auto& pause : pauses) text << ' ' << epoch_ms(pause.from) << ' ' << epoch_ms(pause.until);
        return {"installation", std::to_string(id.value), text.str()};
    }
    static Installation read(const model::RegistryRow& row) {
        Installation installation;
        std::istringstream text(*row.value);
        text >> installation.receiver >> installation.concurrency >> installation.webhook >> installation.is_paused >>
            installation.is_uninstalled >> installation.tenant.value >> installation.rate;
        std::int64_t paused_at = 0;
        std::size_t pauses = 0;
        text >> paused_at >> pauses >> installation.ordering;
        if (paused_at != 0) installation.paused_at = from_epoch_ms(paused_at);
        for (; pauses > 0; --pauses) {
            std::int64_t from = 0, until = 0;
            text >> from >> until;
            installation.pauses.push_back({from_epoch_ms(from), from_epoch_ms(until)});
        }
        installation.id.value = std::stoull(row.key);
        return installation;
    }
};

}  // namespace posthorn::simulation
