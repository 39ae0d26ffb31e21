#pragma once
// One life of the server: the scheduler with what engine/engine.cpp does around it, without coroutines.

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/id.h"
#include "base/result.h"
#include "engine/receiver_row.h"
#include "engine/scheduler.h"
#include "model/record.h"
#include "tests/simulation/checker.h"
#include "tests/simulation/durable_side.h"
#include "tests/simulation/installation.h"
#include "tests/simulation/options.h"
#include "tests/simulation/receivers.h"
#include "tests/simulation/timeline.h"

namespace posthorn::simulation {

/// What outlives the server.
struct World {
    Timeline timeline;
    Random random;
    Options options;
    testkit::FaultyDisk disk;
    Receivers receivers{random};
    Checker checker;
    std::uint64_t uninstalls = 0;
};

/// Every member function mirrors the one of engine::Engine with its name; each `co_await` of that is a happening here.
class Server {
public:
    Server(World& world, state::State& state);

    /// Recovers. Errors: those of the journal and the state.
    Result<void> start();

    void accept(std::vector<InstallationId> installations);
    void replay(DeliveryId delivery);
    void cancel(DeliveryId delivery);
    void change(Installation changed);
    /// Lifecycle's part in it: the change, then everything that waits is cancelled.
    void uninstall(InstallationId installation);

    void pause_receiver(const std::string& receiver, bool is_on);
    bool is_paused(const std::string& receiver) const;
    std::vector<std::string> paused_receivers() const;

    const std::map<InstallationId, Installation>& installations() const { return installations_; }
    /// An uninstall is going on: lifecycle refuses everything else for the add-on.
    bool is_busy(InstallationId installation) const { return busy_.contains(installation); }
    bool is_broken() const { return durable_.is_broken(); }
    const engine::Scheduler& scheduler() const { return *scheduler_; }
    state::Reader& reader() { return durable_.reader(); }

private:
    using Done = DurableSide::Done;

    void step(engine::Input input);
    void set_wake();
    void set_sweep();
    void sweep();
    void record_expired(std::vector<DeliveryId> deliveries, std::function<void()> then);
    void expire(const engine::Expired& expired);
    void expire_waiting(InstallationId installation, std::vector<DeliveryId> deliveries);
    Moment deadline_of(const model::Delivery& delivery) const;
    void remember(engine::ReceiverMemory memory, Done done);
    void on_receiver(const engine::ReceiverChanged& changed);
    void give_up(const engine::GiveUp& given_up);
    void set_lane(const Installation& installation);
    void load(engine::Load load);
    void attempt(std::shared_ptr<engine::Start> start);
    void send(std::shared_ptr<engine::Start> start, Moment started_at);
    void record(const engine::Start& start, const Answer& answer, Moment started_at);
    void submit_outcome(std::shared_ptr<model::AttemptEnded> ended);
    void cancel_now(std::vector<DeliveryId> deliveries, InstallationId installation);
    void cancel_all(InstallationId installation, std::function<void()> then);
    bool is_there(InstallationId installation) const;

    World& world_;
    state::State& state_;
    DurableSide durable_;
    std::optional<IdSource> ids_;
    std::unique_ptr<engine::Scheduler> scheduler_;
    std::map<InstallationId, Installation> installations_;
    std::set<InstallationId> busy_;
    std::map<std::string, engine::ReceiverMemory> remembered_;
    std::deque<std::shared_ptr<model::AttemptEnded>> held_outcomes_;
    bool is_held_timer_set_ = false;
    bool is_holding_ = false;
    bool is_sweep_set_ = false;
    std::uint64_t wake_ = 0;  // Counts set_wake: an earlier timer is void.
};

}  // namespace posthorn::simulation
