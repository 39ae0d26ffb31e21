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
    bool is_total_exact = false;  ///< False: it is at least so many.
    std::string failure;  ///< With `failed`.
};
std::string_view to_string(Operation::State state);

/// Runs operations in the background, a few hundred deliveries a step, so that nothing else waits for them. They are
/// kept in memory: a restart ends them, what they made stays. Net thread only.
class Recoveries {
public:
    explicit Recoveries(Engine& engine);

    /// How many deliveries it would make; counting stops at kCountMax.
    io::Task<Result<state::Count>> preview(RecoveryRequest request);
    static constexpr std::uint64_t kCountMax = 100'000;
    /// Begins, and returns the operation's id. Errors: full (too many are running).
    Result<std::string> start(RecoveryRequest request);
    const Operation* find(const std::string& id) const;
    /// Stops after the step under way; what was made stays. Errors: not_found.
    Result<void> stop(const std::string& id);

private:
    /// Called with each step's deliveries; false stops.
    using Sink = std::function<io::Task<Result<bool>>(std::vector<model::Delivery>)>;
    /// `step`: rows that one query reads, at most.
    io::Task<Result<void>> collect(RecoveryRequest request, std::size_t step, Sink sink);
    io::Task<Result<bool>> collect_replays(RecoveryRequest request, std::size_t step, Sink sink);
    /// False when the sink stopped it.
    io::Task<Result<bool>> collect_missing(RecoveryRequest request, std::size_t step, Sink sink);
    io::Task<void> run(std::shared_ptr<Operation> operation, RecoveryRequest request);

    Engine& engine_;
    std::deque<std::shared_ptr<Operation>> operations_;
    io::TaskGroup tasks_;
};

}  // namespace posthorn::engine
