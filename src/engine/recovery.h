#pragma once
// Delivering again what went missing: many replays as one operation.

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "engine/engine.h"
#include "io/task_group.h"
#include "state/state.h"

namespace posthorn::engine {

/// What to recover. `filter.state` is final, or not set (all final ones).
struct RecoveryRequest {
    state::DeliveryFilter filter;
    /// Take in events that had no delivery for a webhook of today, because the add-on was not there yet or was
    /// disabled; needs filter.since.
    bool with_missing = false;
};

struct Operation {
    enum class State : std::uint8_t { running, done, stopped, failed };
    std::string id;
    TenantId tenant;
    InstallationId installation;  ///< The one that it is about; none: the whole tenant.
    State state = State::running;
    std::uint64_t done = 0;
    std::uint64_t total = 0;
    std::string failure;  ///< With `failed`.
};
std::string_view to_string(Operation::State state);

/// Runs operations in the background, a few hundred deliveries a step, so that nothing else waits for them. They are
/// kept in memory: a restart ends them, what they made stays. Net thread only.
class Recoveries {
public:
    explicit Recoveries(Engine& engine);

    /// How many deliveries it would make.
    io::Task<Result<std::uint64_t>> preview(RecoveryRequest request);
    /// Begins, and returns the operation's id. Errors: full (too many are running).
    Result<std::string> start(RecoveryRequest request);
    const Operation* find(const std::string& id) const;
    /// Stops after the step under way; what was made stays. Errors: not_found.
    Result<void> stop(const std::string& id);

private:
    /// Called with each step's deliveries; false stops.
    using Sink = std::function<io::Task<Result<bool>>(std::vector<model::Delivery>)>;
    io::Task<Result<void>> collect(RecoveryRequest request, Sink sink);
    io::Task<Result<void>> collect_replays(RecoveryRequest request, Sink sink);
    io::Task<Result<void>> collect_missing(RecoveryRequest request, Sink sink);
    io::Task<void> run(std::shared_ptr<Operation> operation, RecoveryRequest request);

    Engine& engine_;
    std::deque<std::shared_ptr<Operation>> operations_;
    io::TaskGroup tasks_;
};

}  // namespace posthorn::engine
