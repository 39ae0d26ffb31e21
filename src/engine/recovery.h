#pragma once
// Delivering again what went missing: many replays as one operation.

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "engine/engine.h"
#include "io/signal.h"
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
    /// Stops it, and waits for the step under way; what was made stays. Gives how it is then. Errors: not_found.
    io::Task<Result<Operation>> stop(std::string id);

private:
    struct Run : Operation {
        explicit Run(io::Executor executor) : ended(std::move(executor)) {}
        bool has_ended = false;  ///< Nothing of it is under way any more.
        io::Signal ended;
    };
    /// Called with each step's deliveries; false stops.
    using Sink = std::function<io::Task<Result<bool>>(std::vector<model::Delivery>)>;
    /// `step`: rows that one query reads, at most.
    io::Task<Result<void>> collect(RecoveryRequest request, std::size_t step, Sink sink);
    io::Task<Result<bool>> collect_replays(RecoveryRequest request, std::size_t step, Sink sink);
    /// False when the sink stopped it.
    io::Task<Result<bool>> collect_missing(RecoveryRequest request, std::size_t step, Sink sink);
    /// Counting for `run` ends when that is stopped; null: for nobody.
    io::Task<Result<state::Count>> count(RecoveryRequest request, std::shared_ptr<const Run> run);
    io::Task<void> work(std::shared_ptr<Run> run, RecoveryRequest request);
    std::shared_ptr<Run> find_run(const std::string& id) const;

    Engine& engine_;
    std::deque<std::shared_ptr<Run>> runs_;
    io::TaskGroup tasks_;
};

}  // namespace posthorn::engine
