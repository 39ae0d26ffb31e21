// The scheduler's receivers: who is at them, their places, their circuit breakers.

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "engine/scheduler_parts.h"

namespace posthorn::engine {

namespace {

// However many installations are at a receiver, it grows to so many times what one of them may have.
constexpr std::uint64_t kGrowth = 5;

}  // namespace

// --- Who is there -----------------------------------------------------------------------------------------

void Scheduler::join(Lane& lane, const LaneConfig& config) {
    auto& entry = receivers_[config.receiver];
    if (!entry) {
        entry = std::make_unique<Receiver>(limits_.breaker);
        entry->name = config.receiver;
        if (const auto paused = paused_receivers_.find(config.receiver); paused != paused_receivers_.end())
            entry->paused_at = paused->second;
    }
    Receiver& receiver = *entry;
    receiver.lanes.emplace(config.installation, &lane);
    receiver.concurrencies.insert(config.concurrency);
    receiver.concurrency_sum += config.concurrency;
    receiver.under_way += lane.under_way;
    auto& tenant = receiver.tenants[config.tenant];
    tenant.receiver = &receiver;
    ++tenant.lanes;
    lane.receiver = &receiver;
    lane.tenant = &tenant;
    lane.joined_at = now_;
    set_bounds(receiver);
}

void Scheduler::take_places(Lane& lane, const LaneConfig& config) {
    Receiver& receiver = *lane.receiver;
    if (lane.config.concurrency == config.concurrency) return;
    receiver.concurrencies.insert(config.concurrency);
    receiver.concurrencies.erase(receiver.concurrencies.find(lane.config.concurrency));
    receiver.concurrency_sum += config.concurrency;
    receiver.concurrency_sum -= lane.config.concurrency;
    set_bounds(receiver);
}

void Scheduler::set_bounds(Receiver& receiver) {
    const auto start = *receiver.concurrencies.rbegin();
    receiver.limit.set_bounds({start, static_cast<std::uint32_t>(std::min(receiver.concurrency_sum, kGrowth * start))});
}

void Scheduler::leave_receiver(Lane& lane, Commands& commands) {
    Turn<Lane>::leave(lane);
    if (lane.token_at) tokens_.erase({*std::exchange(lane.token_at, std::nullopt), lane.config.installation});
    Receiver& receiver = *lane.receiver;
    receiver.lanes.erase(lane.config.installation);
    receiver.under_way -= lane.under_way;
    receiver.concurrencies.erase(receiver.concurrencies.find(lane.config.concurrency));
    receiver.concurrency_sum -= lane.config.concurrency;
    if (--lane.tenant->lanes == 0) {
        Turn<TenantTurn>::leave(*lane.tenant);
        receiver.tenants.erase(lane.config.tenant);
    }
    lane.receiver = nullptr;
    lane.tenant = nullptr;
    if (receiver.lanes.empty()) {
        Turn<Receiver>::leave(receiver);
        set_probe(receiver, std::nullopt);
        if (!receiver.breaker.is_closed()) {
            // Nobody is there to find out more; whoever comes finds a closed one.
            receiver.breaker = Breaker(limits_.breaker);
            tell(receiver, ReceiverChange::closed, commands);
        }
        receivers_.erase(lane.config.receiver);
        return;
    }
    set_bounds(receiver);
    if (receiver.prober == &lane) drop_probe(receiver, now_, commands);
    list(receiver);
}

// --- What attempts tell -----------------------------------------------------------------------------------

void Scheduler::see(Receiver& receiver, const Ended& ended, Commands& commands) {
    const auto& seen = ended.seen;
    const bool is_probe = receiver.is_probe(ended.delivery);
    if (seen.health == outcome::Health::well && !is_probe) {
        receiver.limit.on_success(seen.started_at, seen.took, receiver.under_way + 1, now_);
        receiver.breaker.on_success(now_);
        return;
    }
    if (outcome::asks_for_less(seen.health)) receiver.limit.on_overload(seen.started_at, now_);
    const bool is_failure = outcome::is_failure(seen.health);
    if (is_probe) {
        if (seen.health == outcome::Health::unknown) return drop_probe(receiver, now_, commands);
        receiver.probe = {};
        receiver.prober = nullptr;
        if (!is_failure) return reopen(receiver, commands);
        receiver.breaker.on_probe_failure(seen.cause, now_);
        set_probe(receiver, receiver.breaker.next_probe());
    } else if (!is_failure) {
        if (seen.health != outcome::Health::unknown) receiver.breaker.on_success(now_);
        return;
    } else if (receiver.breaker.on_failure(seen.cause, now_)) {
        shut(receiver);
        set_probe(receiver, receiver.breaker.next_probe());
        tell(receiver, ReceiverChange::opened, commands);
    }
    give_up_if_over(receiver, commands);
}

void Scheduler::shut(Receiver& receiver) {
    Turn<Receiver>::leave(receiver);
    for (const auto& [id, lane] : receiver.lanes) send_back(*lane);
}

void Scheduler::reopen(Receiver& receiver, Commands& commands) {
    receiver.breaker.on_probe_success(now_);
    receiver.limit.begin_anew(now_);
    set_probe(receiver, std::nullopt);
    tell(receiver, ReceiverChange::closed, commands);
    for (const auto& [id, lane] : receiver.lanes) {
        list(*lane);
        load_if_due(*lane, commands);
    }
}

void Scheduler::give_up_if_over(Receiver& receiver, Commands& commands) {
    if (!receiver.breaker.is_given_up(now_)) return;
    GiveUp given_up{receiver.name, *receiver.breaker.failing_since(), {}};
    for (const auto& [id, lane] : receiver.lanes)
        if (!lane->config.is_held) given_up.installations.push_back(id);
    if (!given_up.installations.empty()) commands.give_up.push_back(std::move(given_up));
}

// --- Probes -----------------------------------------------------------------------------------------------

void Scheduler::set_probe(Receiver& receiver, std::optional<Moment> at) {
    if (receiver.probe_at) probes_.erase({*receiver.probe_at, &receiver});
    receiver.probe_at = at;
    if (at) probes_.emplace(*at, &receiver);
}

void Scheduler::probe(Receiver& receiver, Commands& commands) {
    auto& breaker = receiver.breaker;
    if (receiver.paused_at || is_draining_ || breaker.state() != Breaker::State::open || breaker.next_probe() > now_)
        return;
    const auto can_probe = [&](const Lane& lane) {
        return !lane.config.is_held && !lane.is_loading && lane.has_place() && lane.wake_at && *lane.wake_at <= now_;
    };
    // Each in its turn, as one add-on may be what ails.
    const auto behind = receiver.lanes.upper_bound(receiver.probed);
    auto found = std::find_if(behind, receiver.lanes.end(), [&](const auto& one) { return can_probe(*one.second); });
    if (found == receiver.lanes.end())
        found = std::find_if(receiver.lanes.begin(), behind, [&](const auto& one) { return can_probe(*one.second); });
    if (found == receiver.lanes.end() || !can_probe(*found->second)) return;

    Lane& lane = *found->second;
    breaker.begin_probe(now_);
    set_probe(receiver, std::nullopt);
    receiver.prober = &lane;
    receiver.probe = {};
    receiver.probed = found->first;
    set_wake(lane, std::nullopt);
    lane.is_loading = true;
    ++loading_;
    // What we know of already may come first in the answer.
    commands.load.push_back({lane.config.installation, lane.known + 1});
}

void Scheduler::drop_probe(Receiver& receiver, Moment again_at, Commands& commands) {
    Lane* lane = std::exchange(receiver.prober, nullptr);
    receiver.probe = {};
    receiver.breaker.drop_probe(now_, again_at);
    if (lane != nullptr && lane->receiver == &receiver) send_back(*lane);
    if (again_at > now_) return set_probe(receiver, again_at);
    set_probe(receiver, std::nullopt);
    probe(receiver, commands);
}

// --- What others tell -------------------------------------------------------------------------------------

void Scheduler::on(ReceiverWasOpen& input, Commands&) {
    const auto found = receivers_.find(input.receiver);
    if (found == receivers_.end() || !found->second->breaker.is_closed()) return;
    Receiver& receiver = *found->second;
    receiver.breaker.open_as_before(input.failing_since, now_);
    shut(receiver);
    set_probe(receiver, now_);
}

void Scheduler::on(PauseReceiver& input, Commands& commands) {
    const bool is_pause = input.paused_at.has_value();
    if (is_pause) paused_receivers_.try_emplace(input.receiver, *input.paused_at);
    else paused_receivers_.erase(input.receiver);
    const auto found = receivers_.find(input.receiver);
    if (found == receivers_.end()) return;
    Receiver& receiver = *found->second;
    if (receiver.paused_at.has_value() == is_pause) return;
    receiver.paused_at = input.paused_at;
    tell(receiver, is_pause ? ReceiverChange::paused : ReceiverChange::resumed, commands);
    if (is_pause) {
        if (receiver.prober != nullptr && !receiver.probe) drop_probe(receiver, now_, commands);
        return shut(receiver);
    }
    receiver.breaker.give_chance(now_);
    if (receiver.breaker.state() == Breaker::State::open) return set_probe(receiver, now_);
    for (const auto& [id, lane] : receiver.lanes) {
        list(*lane);
        load_if_due(*lane, commands);
    }
}

// --- What is told -----------------------------------------------------------------------------------------

void Scheduler::tell(Receiver& receiver, ReceiverChange change, Commands& commands) {
    commands.receivers_changed.push_back({change, status_of(receiver), receiver.breaker.failing_since()});
}

namespace {

void set_paused(ReceiverStatus& status, Moment at) {
    status.state = ReceiverState::paused;
    status.reason = "It was paused by an operator.";
    status.since = at;
    status.next_probe.reset();
}

/// Of one that no installation is at.
ReceiverStatus paused_alone(const std::string& name, Moment at) {
    ReceiverStatus status;
    status.name = name;
    set_paused(status, at);
    return status;
}

}  // namespace

ReceiverStatus Scheduler::status_of(const Receiver& receiver) const {
    ReceiverStatus status;
    status.name = receiver.name;
    const auto& breaker = receiver.breaker;
    switch (breaker.state()) {
        case Breaker::State::closed: break;
        case Breaker::State::open:
            status.state = ReceiverState::open;
            status.next_probe = breaker.next_probe();
            break;
        case Breaker::State::half_open: status.state = ReceiverState::half_open; break;
    }
    status.reason = breaker.reason();
    status.since = breaker.since();
    if (receiver.paused_at) set_paused(status, *receiver.paused_at);
    status.parallel_limit = receiver.limit.value();
    status.under_way = receiver.under_way;
    status.failure_share = breaker.failure_share(now_);
    for (const auto& [id, lane] : receiver.lanes) {
        status.waiting_in_memory += lane->ready.size();
        status.installations.push_back(id);
    }
    return status;
}

std::optional<ReceiverStatus> Scheduler::receiver(const std::string& name, Moment now) const {
    const auto found = receivers_.find(name);
    if (found == receivers_.end()) {
        const auto paused = paused_receivers_.find(name);
        return paused == paused_receivers_.end() ? std::nullopt : std::optional(paused_alone(name, paused->second));
    }
    auto status = status_of(*found->second);
    status.failure_share = found->second->breaker.failure_share(now);
    return status;
}

std::vector<ReceiverStatus> Scheduler::receivers(Moment now) const {
    std::vector<ReceiverStatus> all;
    all.reserve(receivers_.size());
    for (const auto& [name, receiver] : receivers_) {
        all.push_back(status_of(*receiver));
        all.back().failure_share = receiver->breaker.failure_share(now);
    }
    for (const auto& [name, at] : paused_receivers_)
        if (!receivers_.contains(name)) all.push_back(paused_alone(name, at));
    std::ranges::sort(all, {}, &ReceiverStatus::name);
    return all;
}

}  // namespace posthorn::engine
