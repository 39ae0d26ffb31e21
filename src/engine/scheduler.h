#pragma once
// Which delivery is attempted next: queues per add-on and receiver, as a synchronous state machine.

#include <cstdint>
#include <deque>
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
#include "engine/receiver_status.h"
#include "model/record.h"
#include "state/state.h"

namespace posthorn::engine {

struct SchedulerLimits {
    std::size_t attempts_max = 1024;          ///< Under way at once, in all.
    std::size_t window = 512;                 ///< Deliveries of one installation in memory, waiting to start.
    std::size_t payload_bytes_max = 32 << 20; ///< Of all deliveries waiting in memory; the rest waits in the state.
};

/// What the scheduler must know of an installation. Anything else about it is looked up when a delivery starts.
struct LaneConfig {
    InstallationId installation;
    std::string receiver;          ///< "https://host:443"; may change with an update of the add-on.
    std::uint32_t concurrency = 20;
    bool is_held = false;  ///< Paused, or waiting for a rotation's answer: nothing starts, everything is kept.
    bool operator==(const LaneConfig&) const = default;
};

/// An event is durable, with its deliveries.
struct Accepted {
    model::EventPtr event;
    std::vector<model::Target> targets;
};
/// An attempt ended: its place is free again. Its outcome is not durable yet.
struct Ended {
    DeliveryId delivery;
    InstallationId installation;
    model::Verdict verdict;
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
struct Tick {};
/// Shutdown: nothing starts any more.
struct Drain {};
/// The journal takes no outcomes: nothing starts until it does again, or what is not recorded would pile up.
struct Hold {
    bool is_on = false;
};

using Input = std::variant<Accepted, Ended, Settled, Loaded, LoadFailed, DueInState, Cancelled, LaneSet, LaneGone,
                           Tick, Drain, Hold>;

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

struct Commands {
    std::vector<Start> start;
    std::vector<Load> load;
    Orphaned orphaned;
    void clear();
};

/// Pure: no clock, no I/O, no randomness. A lane is the queue of one installation; lanes with the same receiver
/// share its places and take turns, and receivers take turns, so no burst holds up anybody else. Only a window
/// of due deliveries is in memory; whatever does not fit waits in the state, which knows all of them anyway,
/// and is loaded when the window has drained. Retries always wait in the state.
class Scheduler {
public:
    /// `recovered_up_to`: the highest id that was given out before this start; a delivery up to it without a
    /// recorded attempt may have been sent before the crash.
    Scheduler(SchedulerLimits limits, std::uint64_t recovered_up_to);
    ~Scheduler();

    /// Appends to `commands` what is to be done. Every Start is answered by one Ended and then one Settled, every
    /// Load by one Loaded or LoadFailed.
    void step(Input input, Moment now, Commands& commands);

    /// When a Tick is due; nothing when no lane waits for a moment.
    std::optional<Moment> next_wake() const;

    std::size_t attempts_under_way() const { return under_way_; }
    /// Also of an installation that is gone.
    std::size_t attempts_under_way(InstallationId installation) const;
    std::size_t waiting_in_memory() const { return ready_; }
    /// Every receiver that an installation is at, by name.
    std::vector<ReceiverStatus> receivers(Moment now) const;

private:
    struct Receiver;
    struct Lane;

    void on(Accepted& input, Moment now, Commands& commands);
    void on(Ended& input, Moment now, Commands& commands);
    void on(Settled& input, Moment now, Commands& commands);
    void on(Loaded& input, Moment now, Commands& commands);
    void on(LoadFailed& input, Moment now, Commands& commands);
    void on(DueInState& input, Moment now, Commands& commands);
    void on(Cancelled& input, Moment now, Commands& commands);
    void on(LaneSet& input, Moment now, Commands& commands);
    void on(LaneGone& input, Moment now, Commands& commands);
    void on(Tick& input, Moment now, Commands& commands);
    void on(Drain& input, Moment now, Commands& commands);
    void on(Hold& input, Moment now, Commands& commands);

    Lane* find(InstallationId installation);
    void enqueue(Lane& lane, state::Due due);
    void wait_in_state(Lane& lane, Moment due_at);
    void set_wake(Lane& lane, std::optional<Moment> at);
    void load_if_due(Lane& lane, Moment now, Commands& commands);
    void end_load(Lane& lane);
    void drop_load(Lane& lane, Moment now, Commands& commands);
    void forget(Lane& lane, DeliveryId delivery);
    void forget_settled(Lane& lane);
    /// True when the lane was gone, nothing of it is left, and it was destroyed.
    bool erase_if_over(Lane& lane);
    void clear_ready(Lane& lane);
    void list(Lane& lane);
    void list(Receiver& receiver);
    void unlist(Lane& lane);
    void leave_receiver(Lane& lane);
    void start_what_can(Moment now, Commands& commands);

    SchedulerLimits limits_;
    std::uint64_t recovered_up_to_;
    std::unordered_map<InstallationId, std::unique_ptr<Lane>> lanes_;
    std::unordered_map<std::string, std::unique_ptr<Receiver>> receivers_;
    std::deque<Receiver*> turn_;  // Receivers that can start something, each once.
    std::set<std::pair<Moment, InstallationId>> wakes_;
    // Deliveries that the state still shows as waiting though we have them: in memory, under way or unsettled.
    std::unordered_set<DeliveryId> known_;
    // A Load under way may still bring them.
    std::unordered_set<DeliveryId> cancelled_while_loading_;
    std::size_t loading_ = 0;
    std::size_t under_way_ = 0;
    std::size_t ready_ = 0;
    std::size_t payload_bytes_ = 0;
    bool is_draining_ = false;
    bool is_holding_ = false;
};

}  // namespace posthorn::engine
