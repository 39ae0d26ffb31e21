#pragma once
// Rates, latency, failures and backlog of the last hour and day: GET /api/v1/overview.

#include <cstdint>
#include <optional>
#include <unordered_map>

#include "api/router.h"
#include "engine/engine.h"
#include "inspect/activity.h"
#include "io/task_group.h"
#include "io/timer_wheel.h"

namespace posthorn::inspect {

/// Counts what the engine tells, and samples every 15 s what waits. In memory: a restart begins anew. Net thread only;
/// outlives the engine's work and the router's requests.
class Overview : public engine::Observer {
public:
    explicit Overview(engine::Engine& engine);

    /// Adds GET /api/v1/overview?tenant=&addon=&span=1h|24h.
    void add_routes(api::Router& router);
    /// Ends the sampling; at shutdown.
    io::Task<void> stop();

    void on_accepted(const model::Event& event, std::size_t deliveries) override;
    void on_attempt(const model::AttemptEnded& ended, const registry::Installation* installation,
                    const model::Event& event) override;

private:
    io::Task<api::Answer> show(api::Request& request);
    io::Task<void> sample();
    void set_timer();

    engine::Engine& engine_;
    io::TaskGroup tasks_;
    io::TimerWheel::Entry timer_;
    Activity all_;
    std::unordered_map<std::uint64_t, Activity> tenants_;
    std::unordered_map<std::uint64_t, Activity> installations_;
};

}  // namespace posthorn::inspect
