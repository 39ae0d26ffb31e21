#pragma once
// What must hold whatever happens: keeps its own account of every delivery and lane, and compares.

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/id.h"
#include "base/moment.h"
#include "engine/scheduler.h"
#include "model/record.h"
#include "state/state.h"

namespace posthorn::simulation {

/// For the words of a violation.
std::string name_of(DeliveryId id);
std::string name_of(InstallationId id);

/// Told of everything by the server, the moment it happens. The first violation is kept; the rest may follow from it.
class Checker {
public:
    Checker(engine::SchedulerLimits limits, std::size_t payload_bytes)
        : limits_(limits), payload_bytes_(payload_bytes) {}

    const std::string& violation() const { return violation_; }

    // --- What the journal said.
    void submitted(const model::EventAccepted& record);
    void submitted(const model::DeliveriesMade& record);
    /// Durable, and whoever asked was told so.
    void durable(const model::EventAccepted& record);
    void durable(const model::DeliveriesMade& record);
    void durable(const model::AttemptEnded& record);
    void durable(const model::DeliveriesCancelled& record);
    void durable(const model::DeliveriesExpired& record);
    void refused(const model::EventAccepted& record);
    void refused(const model::DeliveriesMade& record);

    // --- What the scheduler was told, before it is, and did.
    void told(const engine::Input& input, Moment now);
    /// No verdict: nothing was sent, for nothing is left that it could go to.
    void ended(DeliveryId delivery, const model::Verdict* verdict, outcome::Health health);
    /// A record is on its way that makes these deliveries of the lane final: until the scheduler is told, a load may find
    /// them gone already, and those behind them in their order first.
    void withdrawing(InstallationId installation, const std::vector<DeliveryId>& deliveries);
    void withdrew(InstallationId installation, const std::vector<DeliveryId>& deliveries);
    /// So many outcomes wait for a journal that refuses them.
    void held(std::size_t outcomes, std::size_t outcomes_max);
    void did(const engine::Commands& commands, const engine::Scheduler& scheduler, Moment now);

    // --- Lives of the server.
    void crashed();
    /// Everything durable is in `reader` now: what was acknowledged must be there, what was not may be.
    void recovered(state::Reader& reader);

    /// Nothing more happens at `now`: a lane with places left must not have anything due.
    void at_rest(const engine::Scheduler& scheduler, Moment now);
    /// All is quiet for good: every delivery has ended, once.
    void at_end(state::Reader& reader, const engine::Scheduler& scheduler);

    /// A delivery for a person to replay or cancel; none without deliveries. `n` picks.
    std::optional<DeliveryId> pick(std::uint64_t n) const;
    std::size_t deliveries() const { return deliveries_.size(); }
    std::uint64_t starts() const { return starts_; }
    std::uint64_t repeats() const { return repeats_; }
    std::uint64_t delivered() const { return delivered_; }
    std::uint64_t openings() const { return openings_; }
    std::uint64_t expired() const { return expired_; }

private:
    struct Facts {
        InstallationId installation;
        EventId event;
        WebhookNumber webhook = 0;
        bool is_acknowledged = false;
        bool is_of_earlier_life = false;
        bool is_under_way = false;
        bool is_unsettled = false;
        bool has_ended = false;  // An attempt of this life met a final verdict.
        std::optional<model::DeliveryState> final;  // Durable, and the server was told.
        std::uint32_t attempts = 0;  // That ended, as the server knows.
        std::uint32_t durable_attempts = 0;  // At least.
        std::string at;  // While under way: its receiver, unless the lane left it.
        std::uint64_t phase = 0;  // Of the receiver, when it started.
        Moment due_at;
        Moment made_at;
        model::OrderKey order = model::kUnordered;
        bool is_expiring = false;  // Its deadline has passed; it is being recorded.
        std::size_t withdrawals = 0;  // Records on their way that make it final.
    };
    /// A lane that got something to do while it had a place: how many others may go first.
    struct Watch {
        std::uint64_t receiver_starts = 0;
        std::uint64_t all_starts = 0;
    };
    struct Lane {
        engine::LaneConfig config;
        bool is_there = false;
        std::size_t under_way = 0;
        std::size_t unsettled = 0;
        // Their deadline has passed; they take room until the scheduler hears that its own record of it is durable, though
        // the sweep may have recorded them meanwhile.
        std::size_t expiring = 0;
        std::size_t withdrawals = 0;
        std::size_t loads = 0;
        std::size_t loads_in_a_row = 0;  // Each asked for when the one before it was answered.
        Moment load_again_at;
        std::set<std::pair<Moment, DeliveryId>> waiting;  // The scheduler was told of them.
        std::set<DeliveryId> flights;  // Under way.
        Moment rated_since;  // Since when its rate holds,
        std::uint64_t rated_starts = 0;  // and how many started since,
        Moment rated_last_at;  // the last one when.
        std::optional<Watch> watch;
    };
    struct Receiver {
        std::set<InstallationId> lanes;
        std::multiset<std::uint32_t> concurrencies;
        std::uint64_t concurrency_sum = 0;
        std::map<TenantId, std::size_t> tenants;  // How many lanes of each.
        std::size_t under_way = 0;
        bool is_open = false;
        bool is_paused = false;
        // A phase ends when the breaker opens or closes.
        std::uint64_t phase = 0;
        std::size_t under_way_of_phase = 0;
        std::uint64_t successes_of_phase = 0;
        std::uint64_t failures_of_phase = 0;
        bool is_ramp = false;  // The phase began with closing, and nobody changed the places since.

        std::uint64_t places_max() const {
            return std::min<std::uint64_t>(concurrency_sum, 5ULL * *concurrencies.rbegin());
        }
        void begin_phase(bool is_open_now) {
            is_open = is_open_now;
            is_ramp = !is_open_now;
            ++phase;
            under_way_of_phase = successes_of_phase = failures_of_phase = 0;
        }
    };

    /// `what` makes the words only when they are needed.
    template <class What>
    void expect(bool condition, const What& what) {
        if (!condition && violation_.empty()) violation_ = what();
    }
    void add(DeliveryId id, EventId event, InstallationId installation, WebhookNumber webhook, Moment due_at,
             model::OrderKey order);
    /// It does not exist, or is final.
    void leave_order(DeliveryId id, const Facts& facts);
    /// The first of its key that others have to wait for, which may be itself.
    DeliveryId first_of_order(DeliveryId id, const Facts& facts) const;
    void acknowledge(DeliveryId id);
    void wait(DeliveryId id, const Facts& facts);
    void end(DeliveryId id, model::DeliveryState state);
    void started(const engine::Start& start, Moment now);
    void check_places(Lane& lane, const std::string& name, Moment now);
    void check_receiver(const Receiver& receiver, const std::string& name);
    void told_receiver(const engine::ReceiverChanged& changed);
    void check_turn(Lane& lane, Receiver& receiver, const std::string& name);
    void watch(InstallationId id);
    void told_lane(const engine::LaneConfig& config, Moment now);
    void leave(Lane& lane, bool stays);
    void stop_watching();
    void count_under_way(Lane& lane, int change);
    void check_forgotten(InstallationId id, const Lane& lane, const engine::Scheduler& scheduler, Moment now);

    engine::SchedulerLimits limits_;
    std::size_t payload_bytes_;
    std::string violation_;
    std::map<DeliveryId, Facts> deliveries_;
    // By installation and order key: those that are not final, durable or not.
    std::map<std::pair<InstallationId, model::OrderKey>, std::set<DeliveryId>> ordered_;
    std::map<InstallationId, Lane> lanes_;
    std::map<std::string, Receiver> receivers_;
    std::set<std::string> paused_receivers_;
    std::set<InstallationId> watched_;
    std::vector<InstallationId> touched_;  // Since the last rest.
    InstallationId looked_at_;
    InstallationId answered_;  // The lane whose Load was just answered, or none.
    bool is_holding_ = false;
    std::size_t held_max_ = 0;  // While it is.
    std::size_t under_way_ = 0;
    std::uint64_t starts_ = 0;
    std::uint64_t repeats_ = 0;
    std::uint64_t delivered_ = 0;
    std::uint64_t openings_ = 0;
    std::uint64_t expired_ = 0;
};

}  // namespace posthorn::simulation
