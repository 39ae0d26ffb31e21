#pragma once
// Wires the stages: accepts events durably, starts attempts, records outcomes.

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/histogram.h"
#include "base/id.h"
#include "base/result.h"
#include "engine/attempt_request.h"
#include "engine/idempotency.h"
#include "engine/receiver_row.h"
#include "engine/scheduler.h"
#include "engine/store.h"
#include "engine/waiting_room.h"
#include "io/task.h"
#include "io/timer_wheel.h"
#include "io/workers.h"
#include "model/record.h"
#include "registry/registry.h"

namespace posthorn::deliver {
class Dispatch;
}

namespace posthorn::engine {

struct EngineOptions {
    SchedulerLimits scheduler;
    /// What holds where neither tenant nor add-on says otherwise; all members are set.
    registry::DeliveryDefaults defaults;
    Millis lifetime = outcome::kDeadline;  ///< Of a delivery, without the time in which its add-on is paused.
    std::uint64_t random_seed = 0;  ///< Of the jitter.
};

/// What the 202 says.
struct Receipt {
    EventId id;
    std::string event;
    std::size_t deliveries = 0;
    bool is_duplicate = false;
};

/// Counts since the start, for metrics.
struct EngineCounts {
    std::uint64_t accepted = 0;
    std::uint64_t duplicates = 0;
    std::uint64_t refused = 0;  ///< The journal was full or failing.
    std::uint64_t attempts = 0;
    std::uint64_t delivered = 0;
    std::uint64_t retried = 0;
    std::uint64_t dead = 0;
    std::unordered_map<std::string, std::uint64_t> failures;  ///< By cause: a failure's name or "status_503".
    Histogram durable_us;  ///< From an event's being checked to its being durable.
};

/// Is told of what happens, on the net thread, after it is durable. Must not block.
class Observer {
public:
    virtual ~Observer() = default;
    virtual void on_accepted(const model::Event& event, std::size_t deliveries) = 0;
    virtual void on_attempt(const model::AttemptEnded& ended, const registry::Installation* installation,
                            const model::Event& event) = 0;
    /// A receiver's circuit breaker opened or closed, or an operator paused or resumed it. Not durable.
    virtual void on_receiver(ReceiverChange change, const ReceiverStatus& receiver) {
        static_cast<void>(change);
        static_cast<void>(receiver);
    }
};

class Engine;

/// An event on its way into the journal; the caller keeps it until on_receipt.
class Acceptance : private RecordWaiter {
public:
    /// Errors: full (too much waits: try again), io (the store can't write).
    virtual void on_receipt(Result<Receipt> receipt) = 0;

protected:
    ~Acceptance() = default;

private:
    friend class Engine;
    void on_decided(Result<journal::Sequence> sequence) final;
    Engine* engine_ = nullptr;
    std::chrono::steady_clock::time_point began_;
    model::EventAccepted record_;
};

/// Net thread only. References outlive it.
class Engine {
public:
    Engine(io::asio::io_context& net, io::TimerWheel& wheel, Store& store, registry::Registry& registry,
           deliver::Dispatch& dispatch, EngineOptions options);
    ~Engine();

    /// Takes up what waited when the program ended. Errors: those of the state.
    io::Task<Result<void>> start();

    /// Makes the event durable with its deliveries; `event` has everything but its id and accepted_at. A key that was
    /// used within 24 h gives the first receipt again. Errors: conflict (the key was used for something else), full
    /// (too much waits: try again), io (the store can't write).
    io::Task<Result<Receipt>> accept(model::Event event, model::Idempotency idempotency);

    /// The same for an event without a key; of many that begin in one turn of the event loop, one group is made.
    void accept(model::Event event, Acceptance& acceptance);

    /// Makes an event that only one installation hears: at its webhooks for the type and, if it has one, its
    /// lifecycle URL (connect_addon_enabled and _disabled).
    io::Task<Result<Receipt>> accept_for(InstallationId installation, model::Event event);

    /// Changes of the registry, durable and in force when this returns. Errors: those of Registry::prepare, full, io.
    io::Task<Result<void>> change(std::vector<registry::RegistryChange> changes);

    /// A new delivery of the same event to the same webhook. Errors: not_found, conflict (not final yet, or the
    /// add-on is uninstalled), full, io.
    io::Task<Result<DeliveryId>> replay(DeliveryId delivery);
    /// New deliveries as given but for their ids, which are returned in order.
    io::Task<Result<std::vector<DeliveryId>>> make_deliveries(std::vector<model::Delivery> deliveries);
    /// Errors: not_found, conflict (final already), full, io.
    io::Task<Result<void>> cancel(DeliveryId delivery);
    /// Everything that waits for the installation, a step at a time; for uninstalling it. Where the program ends
    /// meanwhile, start() goes on.
    io::Task<Result<void>> cancel_all(InstallationId installation);

    /// The request that this attempt would make now; nothing when the add-on, its webhook or its URL is gone.
    std::optional<AttemptRequest> request_of(const Start& start);

    /// Durable: nothing of the receiver ("https://host:443") starts from now on, whoever is at it now or later, and
    /// everything is kept; or that ends. Nothing happens if it is so already. Errors: full, io.
    io::Task<Result<void>> pause_receiver(std::string receiver);
    io::Task<Result<void>> resume_receiver(std::string receiver);
    /// How every receiver is doing, by name.
    std::vector<ReceiverStatus> receivers() const { return scheduler_.receivers(wall_now()); }

    /// Returns once no attempt of the installation is under way, at most after `wait`.
    io::Task<void> quiesce(InstallationId installation, Millis wait);
    /// Starts nothing new and returns once no attempt is under way, at most after `wait`.
    io::Task<void> drain(Millis wait);

    template <class T>
    io::Task<Result<T>> read(std::function<Result<T>(state::Reader&)> query) {
        return store_.state().read<T>(Lane::api, std::move(query));
    }

    RequestMaker& request_maker() { return request_maker_; }
    registry::Registry& registry() { return registry_; }
    Store& store() { return store_; }
    io::TimerWheel& wheel() { return wheel_; }
    io::asio::io_context& net() { return net_; }
    const EngineCounts& counts() const { return counts_; }
    const Scheduler& scheduler() const { return scheduler_; }
    std::string_view store_id() const { return store_.state().opened().store_id; }
    const registry::DeliveryDefaults& defaults() const { return options_.defaults; }

    /// The observer outlives the engine or is removed before.
    void add_observer(Observer& observer) { observers_.push_back(&observer); }

private:
    friend class Acceptance;
    /// What the journal is to take of an attempt; used again for later ones.
    struct Outcome;

    void begin(model::Event event, std::vector<model::Target> targets, model::Idempotency idempotency,
               Acceptance& acceptance);
    /// Those for which there is room, or who have waited long enough.
    void admit_waiting();
    /// Looks again soon while somebody is in it.
    void watch_waiting_room();
    void submit(model::Event event, std::vector<model::Target> targets, model::Idempotency idempotency,
                Acceptance& acceptance);
    Result<Receipt> finish(model::EventAccepted& record, const Result<journal::Sequence>& sequence);
    io::Task<Result<Receipt>> accept_targets(model::Event event, std::vector<model::Target> targets,
                                             model::Idempotency idempotency);
    io::Task<Result<Receipt>> refuse(Refusal refusal);
    io::Task<Result<Receipt>> accept_once(model::Event event, std::vector<model::Target> targets,
                                          model::Idempotency idempotency);
    /// The earlier receipt again, or conflict.
    Result<Receipt> repeated(const state::Earlier& earlier, const model::Idempotency& idempotency);
    /// Gives them their order keys; `deliveries` must outlive it.
    io::Task<void> order(std::vector<model::Delivery>& deliveries);
    /// Writes an installation as edited, again when another change of it came between. `edit` may be called more than
    /// once; false: nothing is to be done.
    io::Task<void> amend(InstallationId installation, std::function<bool(registry::Installation&)> edit);
    void on_registry(const registry::SnapshotPtr& snapshot);
    void put_plan(const registry::Installation& installation, const registry::Snapshot& snapshot);
    void drop_plan(InstallationId installation);
    io::Task<void> cancel_now(std::vector<DeliveryId> deliveries, InstallationId installation);
    /// Tries until the record is durable. False: the store takes none any more.
    io::Task<bool> append_until_taken(model::Record record);

    // engine_attempts.cpp
    void step(Input input);
    void finish_step();
    void finish_receivers();
    void start_waiting();
    void set_wake();
    io::Task<void> load(Load load);
    io::Task<void> attempt(Start start);
    Outcome& new_outcome();
    void on_outcome(Outcome& outcome, const Result<journal::Sequence>& sequence);
    void submit_held_outcomes();
    void count(const model::AttemptEnded& ended);

    // engine_receivers.cpp
    void on_receiver(const ReceiverChanged& changed);
    void take_memories(const std::vector<model::RegistryRow>& rows);
    io::Task<void> remember(std::string receiver);
    io::Task<Result<void>> set_receiver_pause(std::string receiver, std::optional<Moment> paused_at);
    /// Pauses the add-ons of a receiver that failed for too long, with a notice.
    void give_up(const GiveUp& given_up);

    // engine_deadlines.cpp
    LaneConfig lane_of(const registry::Installation& installation, const registry::Snapshot& snapshot) const;
    /// When a delivery is dead whatever its schedule says; never, while its add-on is paused.
    Moment deadline_of(const model::Delivery& delivery) const;
    io::Task<void> sweep();
    io::Task<std::vector<DeliveryId>> overdue(InstallationId installation, std::uint64_t last);
    /// False when the store is being closed.
    io::Task<bool> record_expired(std::vector<DeliveryId> deliveries);
    io::Task<void> expire(Expired expired);
    io::Task<void> expire_waiting(InstallationId installation, std::vector<DeliveryId> deliveries);
    void set_sweep();

    io::asio::io_context& net_;
    io::TimerWheel& wheel_;
    Store& store_;
    registry::Registry& registry_;
    deliver::Dispatch& dispatch_;
    EngineOptions options_;
    IdSource ids_;
    Scheduler scheduler_;
    Commands commands_;  // Of the steps since the last finish_step.
    std::deque<Start> starts_;
    bool is_starting_ = false;
    RequestMaker request_maker_;
    RecentKeys recent_keys_;
    WaitingRoom waiting_room_;
    io::TimerWheel::Entry waiting_timer_;
    std::mt19937_64 random_;
    io::TimerWheel::Entry wake_;
    std::optional<Moment> wake_at_;
    registry::SnapshotPtr seen_;  // What the scheduler's lanes and the plans were made from.
    std::unordered_map<InstallationId, std::shared_ptr<const CallPlan>> plans_;
    io::Workers<Start> workers_;  // Each makes one attempt after the other.
    std::vector<std::unique_ptr<Outcome>> outcomes_;
    std::vector<Outcome*> free_outcomes_;
    // Outcomes that the journal had no room for; tried again until it has.
    std::deque<Outcome*> held_outcomes_;
    io::TimerWheel::Entry held_timer_;
    io::TimerWheel::Entry sweep_timer_;
    bool is_holding_ = false;  // So many are held that nothing starts.
    std::vector<Observer*> observers_;
    std::unordered_map<std::string, ReceiverMemory> memories_;  // Of receivers that have something to remember.
    EngineCounts counts_;
};

}  // namespace posthorn::engine
