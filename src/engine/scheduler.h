#pragma once
// Which delivery is attempted next: queues per add-on and receiver, as a synchronous state machine.

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

#include "base/id.h"
#include "base/moment.h"
#include "engine/breaker.h"
#include "engine/receiver_status.h"
#include "engine/turn.h"
#include "model/pause.h"
#include "model/record.h"
#include "outcome/deadline.h"
#include "outcome/health.h"
#include "state/state.h"
#include "wire/duration.h"

namespace posthorn::engine {

struct SchedulerLimits {
    std::size_t attempts_max = 1024;          ///< Under way at once, in all.
    std::size_t window = 512;                 ///< Deliveries of one installation in memory, waiting to start.
    std::size_t payload_bytes_max = 32 << 20; ///< Of all deliveries waiting in memory; the rest waits in the state.
    BreakerRules breaker = {};
};

/// What the scheduler must know of an installation. Anything else about it is looked up when a delivery starts.
struct LaneConfig {
    InstallationId installation;
    std::string receiver;          ///< "https://host:443"; may change with an update of the add-on.
    std::uint32_t concurrency = 20;  ///< Its calls at once, at the most.
    bool is_held = false;  ///< Paused, or waiting for a rotation's answer: nothing starts, everything is kept.
    TenantId tenant = {};  ///< Who takes turns at the receiver.
    std::optional<wire::Rate> rate = {};
    Millis lifetime = outcome::kDeadline;    ///< A delivery that is older does not start.
    std::vector<model::Pause> pauses = {};  ///< Earlier ones; deliveries don't age in them.
    bool operator==(const LaneConfig&) const = default;
};

/// An event is durable, with its deliveries.
struct Accepted {
    model::EventPtr event;
    std::vector<model::Target> targets;
};
/// What an attempt told of its receiver.
struct Seen {
    outcome::Health health = outcome::Health::unknown;
    FailureCause cause;  ///< With a failure.
    Moment started_at{};
    Millis took{0};
};
/// An attempt ended: its place is free again. Its outcome is not durable yet.
struct Ended {
    DeliveryId delivery;
    InstallationId installation;
    model::Verdict verdict;
    Seen seen = {};
};
/// The outcome of an ended attempt is durable: the state may be asked about this delivery again.
struct Settled {
    DeliveryId delivery;
    InstallationId installation;
};
/// The answer to a Load.
struct Loaded {
    InstallationId installation;
    state::DueAnswer answer;
};
/// A Load could not be answered; it is asked again a second later.
struct LoadFailed {
    InstallationId installation;
};
/// Something in the state is, or becomes, due for this installation: after recovery, a replay, a reschedule.
struct DueInState {
    InstallationId installation;
    Moment due_at;
};
/// These deliveries will not be made; durable.
struct Cancelled {
    std::vector<DeliveryId> deliveries;
};
struct LaneSet {
    LaneConfig config;
};
/// Uninstalled: nothing of it starts any more, until a LaneSet follows.
struct LaneGone {
    InstallationId installation;
};
/// It was open when the program ended, and had failed ever since.
struct ReceiverWasOpen {
    std::string receiver;
    Moment failing_since;
};
/// By an operator: nothing of the receiver starts while it is paused, everything is kept. It need not be one that
/// anybody is at.
struct PauseReceiver {
    std::string receiver;
    std::optional<Moment> paused_at;  ///< None: it goes on.
};
/// What waited at the start has been told by DueInState: until then a new ordered delivery may have others before it.
struct Recovered {};
struct Tick {};
/// Shutdown: nothing starts any more.
struct Drain {};
/// The journal takes no outcomes: nothing starts until it does again, or what is not recorded would pile up.
struct Hold {
    bool is_on = false;
};

using Input = std::variant<Accepted, Ended, Settled, Loaded, LoadFailed, DueInState, Cancelled, LaneSet, LaneGone,
                           ReceiverWasOpen, PauseReceiver, Recovered, Tick, Drain, Hold>;

/// Begin an attempt.
struct Start {
    state::Due due;
    bool may_be_repeat = false;  ///< A crash may have hidden an earlier attempt: say so to the receiver.
};
/// Ask the state for what is due.
struct Load {
    InstallationId installation;
    std::size_t deliveries_max = 0;
};
/// Deliveries whose installation is gone: to be recorded as cancelled.
struct Orphaned {
    std::vector<DeliveryId> deliveries;
};

/// Deliveries whose deadline has passed, of one installation: to be recorded as dead, then Settled each.
struct Expired {
    InstallationId installation;
    std::vector<DeliveryId> deliveries;
};
/// To be told to whoever watches, and to be remembered over a restart.
struct ReceiverChanged {
    ReceiverChange change = ReceiverChange::opened;
    ReceiverStatus status;
    std::optional<Moment> failing_since;  ///< With `opened`.
};
/// A receiver failed everything for BreakerRules::gives_up_after: its add-ons are to be paused, with a notice. Said
/// again with every probe that fails until none of its lanes is left that is not held.
struct GiveUp {
    std::string receiver;
    Moment failing_since;
    std::vector<InstallationId> installations;  ///< Those that are not held.
};

struct Commands {
    std::vector<Start> start;
    std::vector<Load> load;
    Orphaned orphaned;
    std::vector<Expired> expired;
    std::vector<ReceiverChanged> receivers_changed;
    std::vector<GiveUp> give_up;
    void clear();
};

/// Pure: no clock, no I/O, no randomness. A lane is the queue of one installation. Turns: between receivers, within one
/// between the tenants there, within a tenant between its lanes, so no burst holds up anybody else. A receiver has as
/// many places as it can take (AdaptiveLimit), none while its Breaker is open. Only a window of due deliveries is in
/// memory; whatever does not fit, or can't start for the receiver's state, waits in the state, which knows all of them
/// anyway, and is loaded when there is room. Retries always wait in the state. Of the deliveries with one order key only
/// the first is ready; up to kFollowersMax behind it wait in memory, and go back to the state when it has to be tried
/// again.
class Scheduler {
public:
    /// `recovered_up_to`: the highest id that was given out before this start; a delivery up to it without a
    /// recorded attempt may have been sent before the crash.
    Scheduler(SchedulerLimits limits, std::uint64_t recovered_up_to);
    ~Scheduler();

    /// Appends to `commands` what is to be done. Every Start is answered by one Ended and then one Settled, every
    /// Load by one Loaded or LoadFailed.
    void step(Input input, Moment now, Commands& commands);

    /// Where a new event had better wait a moment: a lane that takes many calls a second but has no room in memory, or
    /// kAllLanes, when all of them make many calls but no more at once, and one of its lanes has some waiting for that.
    /// Nothing where it would be in vain.
    static constexpr InstallationId kAllLanes{};
    std::optional<InstallationId> crowded(const std::vector<model::Target>& targets, Moment now) const;
    /// They are on their way into the journal: an Accepted follows, or withdraw().
    void announce(const std::vector<model::Target>& targets);
    void withdraw(const std::vector<model::Target>& targets);

    /// When a Tick is due; nothing when no lane waits for a moment.
    std::optional<Moment> next_wake() const;

    std::size_t attempts_under_way() const { return under_way_; }
    /// Also of an installation that is gone.
    std::size_t attempts_under_way(InstallationId installation) const;
    std::size_t waiting_in_memory() const { return ready_; }
    /// In memory, under way or unsettled.
    bool knows(DeliveryId delivery) const { return known_.contains(delivery); }
    /// Every receiver that an installation is at or that is paused, by name.
    std::vector<ReceiverStatus> receivers(Moment now) const;
    /// None when no installation is at it and it is not paused.
    std::optional<ReceiverStatus> receiver(const std::string& name, Moment now) const;

private:
    class Flow;
    struct Receiver;
    struct TenantTurn;
    struct Lane;

    void on(Accepted& input, Commands& commands);
    void on(Ended& input, Commands& commands);
    void on(Settled& input, Commands& commands);
    void on(Loaded& input, Commands& commands);
    void on(LoadFailed& input, Commands& commands);
    void on(DueInState& input, Commands& commands);
    void on(Cancelled& input, Commands& commands);
    void on(LaneSet& input, Commands& commands);
    void on(LaneGone& input, Commands& commands);
    void on(ReceiverWasOpen& input, Commands& commands);
    void on(PauseReceiver& input, Commands& commands);
    void on(Recovered& input, Commands& commands);
    void on(Tick& input, Commands& commands);
    void on(Drain& input, Commands& commands);
    void on(Hold& input, Commands& commands);

    // --- Lanes and what waits in them: scheduler.cpp.
    Lane* find(InstallationId installation) const;
    /// A new one: into memory where it may start from there, else it waits in the state, where it is anyway.
    void admit(Lane& lane, state::Due due);
    void enqueue(Lane& lane, state::Due due);
    /// What came while the state was asked; they are out of memory.
    std::vector<state::Due> take_arrivals(Lane& lane);
    void wait_in_state(Lane& lane, Moment due_at);
    void set_wake(Lane& lane, std::optional<Moment> at);
    void load_if_due(Lane& lane, Commands& commands);
    void end_load(Lane& lane);
    void drop_load(Lane& lane, Commands& commands);
    void forget(Lane& lane, DeliveryId delivery);
    void forget_settled(Lane& lane);
    /// True when the lane was gone, nothing of it is left, and it was destroyed.
    bool erase_if_over(Lane& lane);
    void clear_ready(Lane& lane);
    /// Nothing of it may start: what is ready waits in the state again.
    void send_back(Lane& lane);
    bool is_shut(const Lane& lane) const;

    // --- Room for new events: scheduler_room.cpp.
    /// Whether so many more deliveries would not fit, and will soon.
    bool is_crowded(const Lane& lane, std::size_t deliveries, Moment now) const;
    /// Whether it could start something if attempts_max let it.
    bool waits_for_others(const Lane& lane) const;

    // --- Order keys: scheduler_order.cpp.
    bool may_follow(const Lane& lane, model::OrderKey order) const;
    /// True when it waits in the state for its line, which asks for it when its own have gone.
    bool leave_to_line(Lane& lane, model::OrderKey order);
    void enqueue_ordered(Lane& lane, state::Due due);
    void end_ordered(Lane& lane, const Ended& ended);
    /// It is final and durable, or taken out of memory: the next of its key may go.
    void advance(Lane& lane, DeliveryId delivery);
    void cancel_head(Lane& lane, DeliveryId delivery);
    void cancel_all_heads(Lane& lane);
    void drop_followers(Lane& lane);
    bool drop_follower(Lane& lane, DeliveryId delivery);
    /// What was loaded may go into memory; where it follows another and `is_scarce`, it stays with its line.
    bool may_join(Lane& lane, model::OrderKey order, bool is_scarce);

    // --- Turns: scheduler.cpp.
    void list(Lane& lane);
    void list(TenantTurn& tenant);
    void list(Receiver& receiver);
    void start_what_can(Commands& commands);
    state::Due take_first(Lane& lane);
    bool is_overdue(const Lane& lane, const state::Due& due) const;
    void expire(Lane& lane, Commands& commands);

    // --- Receivers: scheduler_receivers.cpp.
    void join(Lane& lane, const LaneConfig& config);
    void leave_receiver(Lane& lane, Commands& commands);
    void take_places(Lane& lane, const LaneConfig& config);
    void set_bounds(Receiver& receiver);
    void see(Receiver& receiver, const Ended& ended, Commands& commands);
    void shut(Receiver& receiver);
    void reopen(Receiver& receiver, Commands& commands);
    void set_probe(Receiver& receiver, std::optional<Moment> at);
    /// A lane with something due becomes the one whose delivery is the probe.
    void probe(Receiver& receiver, Commands& commands);
    void drop_probe(Receiver& receiver, Moment again_at, Commands& commands);
    void tell(Receiver& receiver, ReceiverChange change, Commands& commands);
    void give_up_if_over(Receiver& receiver, Commands& commands);
    ReceiverStatus status_of(const Receiver& receiver) const;

    SchedulerLimits limits_;
    std::uint64_t recovered_up_to_;
    Moment now_{};
    std::unordered_map<InstallationId, std::unique_ptr<Lane>> lanes_;
    std::unordered_map<std::string, std::unique_ptr<Receiver>> receivers_;
    std::unordered_map<std::string, Moment> paused_receivers_;
    std::unique_ptr<Turn<Receiver>> turn_;  // Receivers that can start something.
    std::set<std::pair<Moment, InstallationId>> wakes_;
    std::set<std::pair<Moment, InstallationId>> tokens_;  // When a lane that lacks one has a token again.
    std::set<std::pair<Moment, Receiver*>> probes_;
    // Deliveries that the state still shows as waiting though we have them: in memory, under way or unsettled.
    std::unordered_set<DeliveryId> known_;
    // A Load under way may still bring them.
    std::unordered_set<DeliveryId> cancelled_while_loading_;
    std::size_t loading_ = 0;
    std::size_t under_way_ = 0;
    std::size_t ready_ = 0;
    std::size_t payload_bytes_ = 0;
    std::size_t announced_ = 0;
    std::unique_ptr<Flow> flow_;  // Of all lanes.
    bool is_draining_ = false;
    bool is_holding_ = false;
    bool is_recovered_ = false;
};

}  // namespace posthorn::engine
