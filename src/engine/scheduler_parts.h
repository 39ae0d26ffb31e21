#pragma once
// What the scheduler keeps of a lane, of a tenant at a receiver, and of a receiver; for its own files alone.

#include <deque>
#include <map>

#include "engine/adaptive_limit.h"
#include "engine/scheduler.h"
#include "engine/token_bucket.h"

namespace posthorn::engine {

/// Whether a lane, or all of them, take so many calls that what waits in memory is gone in a moment. Presumed of those
/// that have nothing to do, until a moment later.
class Scheduler::Flow {
public:
    /// Quick is whoever has kCalls delivered within that time.
    explicit Flow(Millis within) : within_(within) {}
    void begin(Moment now) {
        since_ = now;
        delivered_ = 0;
        is_quick_ = true;
    }
    void count_delivered(Moment now) {
        if (++delivered_ < kCalls) return;
        is_quick_ = now - since_ <= within_;
        since_ = now;
        delivered_ = 0;
    }
    bool is_quick(Moment now) const { return is_quick_ && now - since_ <= within_; }

private:
    static constexpr std::uint32_t kCalls = 256;
    Millis within_;
    Moment since_{};
    std::uint32_t delivered_ = 0;
    bool is_quick_ = false;
};

struct Scheduler::Lane : Turn<Lane>::Place {
    /// The deliveries of one order key, from the moment its first is ready until it is final and durable.
    struct Line {
        DeliveryId head;                 // Ready, under way or unsettled.
        std::deque<state::Due> waiting;  // Behind it.
        bool is_stopped = false;  // The head is to be tried again: nothing may pass it.
        bool is_head_cancelled = false;  // While it is under way or unsettled: it will not be tried again after all.
        bool has_more = false;    // More of them may wait in the state.
    };
    LaneConfig config;
    Receiver* receiver = nullptr;
    TenantTurn* tenant = nullptr;
    std::deque<state::Due> ready;
    TokenBucket bucket;
    std::optional<Moment> token_at;  // Its entry in tokens_.
    Moment joined_at{};  // Its receiver; attempts from before went to another.
    std::size_t under_way = 0;
    std::size_t known = 0;          // Its ids in known_.
    bool is_loading = false;
    // Deliveries due now wait in the state, so a new one must queue up behind them there.
    bool has_backlog = false;
    // When something in the state becomes due that is not in memory; the entry in wakes_.
    std::optional<Moment> wake_at;
    // Accepted while a Load was under way that may bring all of the backlog: they go behind what it brings.
    std::vector<state::Due> arrivals;
    // Settled while a Load was under way, whose answer may still show them as waiting.
    std::vector<DeliveryId> settled_while_loading;
    // When those that failed are due again; the state learns of it only with the outcome.
    std::unordered_map<DeliveryId, Moment> unsettled_retries;
    // Uninstalled: it stays until its attempts have settled and its Load is answered, for the add-on may be
    // installed again meanwhile, under the same id.
    bool is_gone = false;
    bool drops_load = false;  // It was gone since it asked: the answer is out of date.

    // Of ordered deliveries alone.
    std::unordered_map<model::OrderKey, Line> lines;
    std::unordered_map<DeliveryId, model::OrderKey> heads;
    std::size_t followers = 0;  // In all lines.

    Flow flow{Millis(50)};
    std::size_t announced = 0;     // On their way into the journal.
    std::size_t loads_in_row = 0;  // That left more behind in the state.

    bool has_place() const { return under_way < config.concurrency; }
    std::size_t in_memory() const { return ready.size() + arrivals.size(); }
    /// All that waits for it is in memory.
    bool has_all() const { return !wake_at && !is_loading && !has_backlog && unsettled_retries.empty(); }
};

/// A tenant's lanes at one receiver.
struct Scheduler::TenantTurn : Turn<TenantTurn>::Place {
    Receiver* receiver = nullptr;
    std::size_t lanes = 0;
    Turn<Lane> turn;  // Those that can start something.
};

struct Scheduler::Receiver : Turn<Receiver>::Place {
    explicit Receiver(const BreakerRules& rules) : breaker(rules) {}

    std::string name;
    std::map<InstallationId, Lane*> lanes;
    std::unordered_map<TenantId, TenantTurn> tenants;
    Turn<TenantTurn> turn;  // Those that can start something.
    std::multiset<std::uint32_t> concurrencies;  // Of its lanes.
    std::uint64_t concurrency_sum = 0;
    AdaptiveLimit limit;
    std::size_t under_way = 0;
    Breaker breaker;
    std::optional<Moment> probe_at;  // Its entry in probes_.
    Lane* prober = nullptr;          // While half open: whose delivery is, or becomes, the probe.
    DeliveryId probe;                // That is under way.
    InstallationId probed;           // The prober before it: the next one comes from behind it.
    std::optional<Moment> paused_at;

    bool is_probe(DeliveryId delivery) const { return prober != nullptr && probe == delivery; }
    bool is_shut() const { return paused_at || !breaker.is_closed(); }
    bool has_place() const {
        if (paused_at) return false;
        // While half open only the probe is ready at all.
        return breaker.is_closed() ? under_way < limit.value() : prober != nullptr && !probe;
    }
};

/// Of the budget in SchedulerLimits.
inline std::size_t payload_bytes(const state::Due& due) { return due.event->payload.size(); }

}  // namespace posthorn::engine
