#include "engine/scheduler.h"

#include <algorithm>
#include <map>

#include "base/assert.h"

namespace posthorn::engine {

struct Scheduler::Lane {
    LaneConfig config;
    Receiver* receiver = nullptr;
    std::deque<state::Due> ready;
    std::size_t under_way = 0;
    std::size_t known = 0;          // Its ids in known_.
    bool is_listed = false;         // In its receiver's `turn`.
    bool is_loading = false;
    // Deliveries due now wait in the state, so a new one must queue up behind them there.
    bool has_backlog = false;
    // When something in the state becomes due that is not in memory; the entry in wakes_.
    std::optional<Moment> wake_at;
    // Settled while a Load was under way, whose answer may still show them as waiting.
    std::vector<DeliveryId> settled_while_loading;
    // When those that failed are due again; the state learns of it only with the outcome.
    std::unordered_map<DeliveryId, Moment> unsettled_retries;
    bool is_placed = false;  // Its concurrency counts for its receiver.
    // Uninstalled: it stays until its attempts have settled and its Load is answered, for the add-on may be
    // installed again meanwhile, under the same id.
    bool is_gone = false;
    bool drops_load = false;  // It was gone since it asked: the answer is out of date.
};

struct Scheduler::Receiver {
    std::deque<Lane*> turn;  // Lanes that can start something, each once.
    std::multiset<std::uint32_t> concurrencies;  // Of its lanes; the highest is its own.
    std::size_t under_way = 0;
    bool is_listed = false;

    bool has_place() const { return !concurrencies.empty() && under_way < *concurrencies.rbegin(); }
};

namespace {

constexpr Millis kLoadRetry{1000};

std::size_t payload_bytes(const state::Due& due) { return due.event->payload.size(); }

}  // namespace

void Commands::clear() {
    start.clear();
    load.clear();
    orphaned.deliveries.clear();
}

Scheduler::Scheduler(SchedulerLimits limits, std::uint64_t recovered_up_to)
    : limits_(limits), recovered_up_to_(recovered_up_to) {}

Scheduler::~Scheduler() = default;

void Scheduler::step(Input input, Moment now, Commands& commands) {
    std::visit([&](auto& value) { on(value, now, commands); }, input);
    start_what_can(now, commands);
}

std::optional<Moment> Scheduler::next_wake() const {
    return wakes_.empty() || is_draining_ ? std::nullopt : std::optional(wakes_.begin()->first);
}

std::size_t Scheduler::attempts_under_way(InstallationId installation) const {
    const auto found = lanes_.find(installation);
    return found == lanes_.end() ? 0 : found->second->under_way;
}

std::vector<ReceiverStatus> Scheduler::receivers(Moment) const {
    std::map<std::string_view, ReceiverStatus> by_name;
    for (const auto& [name, receiver] : receivers_) {
        auto& status = by_name[name];
        status.name = name;
        status.parallel_limit = *receiver->concurrencies.rbegin();
        status.under_way = receiver->under_way;
    }
    for (const auto& [id, lane] : lanes_) {
        if (lane->is_gone) continue;
        auto& status = by_name.at(lane->config.receiver);
        status.waiting_in_memory += lane->ready.size();
        status.installations.push_back(id);
    }
    std::vector<ReceiverStatus> all;
    all.reserve(by_name.size());
    for (auto& [name, status] : by_name) {
        std::ranges::sort(status.installations);
        all.push_back(std::move(status));
    }
    return all;
}

void Scheduler::on(Accepted& input, Moment now, Commands& commands) {
    for (std::size_t n = 0; n < input.targets.size(); ++n) {
        const auto& target = input.targets[n];
        const auto id = delivery_of(input.event->id, n);
        Lane* lane = find(target.installation);
        if (lane == nullptr || lane->is_gone) {
            commands.orphaned.deliveries.push_back(id);
            continue;
        }
        const bool fits = lane->ready.size() < limits_.window && payload_bytes_ < limits_.payload_bytes_max;
        if (lane->has_backlog || lane->config.is_held || !fits || is_draining_) {
            lane->has_backlog = true;
            wait_in_state(*lane, now);
            load_if_due(*lane, now, commands);
            continue;
        }
        state::Due due;
        due.delivery.id = id;
        due.delivery.event = input.event->id;
        due.delivery.installation = target.installation;
        due.delivery.webhook = target.webhook;
        due.delivery.due_at = due.delivery.made_at = input.event->accepted_at;
        due.event = input.event;
        enqueue(*lane, std::move(due));
    }
}

void Scheduler::on(Ended& input, Moment now, Commands& commands) {
    --under_way_;
    Lane* lane = find(input.installation);
    POSTHORN_ASSERT(lane != nullptr);
    --lane->under_way;
    if (lane->is_gone) return;
    --lane->receiver->under_way;
    if (input.verdict.state == model::DeliveryState::retrying)
        lane->unsettled_retries.emplace(input.delivery, input.verdict.retry_at);
    list(*lane);
    list(*lane->receiver);  // A receiver that was full was left out of the turn; it has a place again.
    load_if_due(*lane, now, commands);
}

void Scheduler::on(Settled& input, Moment now, Commands& commands) {
    Lane* lane = find(input.installation);
    POSTHORN_ASSERT(lane != nullptr);
    // Not sooner: until now a Load would have brought it as it was before the attempt, and not again.
    if (const auto retry = lane->unsettled_retries.extract(input.delivery))
        wait_in_state(*lane, std::max(retry.mapped(), now));
    if (lane->is_loading) {
        lane->settled_while_loading.push_back(input.delivery);
        return;
    }
    forget(*lane, input.delivery);
    if (!erase_if_over(*lane)) load_if_due(*lane, now, commands);
}

void Scheduler::on(Loaded& input, Moment now, Commands& commands) {
    Lane* lane = find(input.installation);
    POSTHORN_ASSERT(lane != nullptr);
    if (lane->is_gone || lane->drops_load) return drop_load(*lane, now, commands);
    end_load(*lane);
    // A wake that was set while we loaded tells of something the answer may not hold.
    const bool became_due = lane->wake_at && *lane->wake_at <= now;
    const bool has_more = input.answer.due.size() >= limits_.window;

    std::size_t taken = 0;
    for (auto& due : input.answer.due) {
        if (known_.contains(due.delivery.id) || cancelled_while_loading_.contains(due.delivery.id)) continue;
        // Beyond the budget the rest stays where it is; one is always taken, or nothing would move.
        if (payload_bytes_ >= limits_.payload_bytes_max && taken > 0) {
            wait_in_state(*lane, now);
            break;
        }
        enqueue(*lane, std::move(due));
        ++taken;
    }
    forget_settled(*lane);

    if (has_more) wait_in_state(*lane, now);
    if (input.answer.next_due) wait_in_state(*lane, std::max(*input.answer.next_due, now));
    lane->has_backlog = has_more || became_due || (lane->wake_at && *lane->wake_at <= now);
    load_if_due(*lane, now, commands);
}

void Scheduler::on(LoadFailed& input, Moment now, Commands& commands) {
    Lane* lane = find(input.installation);
    POSTHORN_ASSERT(lane != nullptr);
    if (lane->is_gone || lane->drops_load) return drop_load(*lane, now, commands);
    end_load(*lane);
    forget_settled(*lane);
    set_wake(*lane, now + kLoadRetry);
}

void Scheduler::on(DueInState& input, Moment now, Commands& commands) {
    Lane* lane = find(input.installation);
    if (lane == nullptr || lane->is_gone) return;
    if (input.due_at <= now) lane->has_backlog = true;
    wait_in_state(*lane, input.due_at);
    load_if_due(*lane, now, commands);
}

void Scheduler::on(Cancelled& input, Moment now, Commands& commands) {
    for (const auto delivery : input.deliveries) {
        if (loading_ > 0) cancelled_while_loading_.insert(delivery);
        if (!known_.contains(delivery)) continue;
        // Rare and asked for by a person, so a search is fine. One under way ends as it ends.
        for (auto& [id, lane] : lanes_) {
            const auto found = std::ranges::find_if(
                lane->ready, [&](const state::Due& due) { return due.delivery.id == delivery; });
            if (found == lane->ready.end()) continue;
            payload_bytes_ -= payload_bytes(*found);
            lane->ready.erase(found);
            --ready_;
            if (lane->ready.empty()) unlist(*lane);
            if (lane->is_loading) lane->settled_while_loading.push_back(delivery);
            else forget(*lane, delivery);
            load_if_due(*lane, now, commands);  // It has room again.
            break;
        }
    }
}

void Scheduler::on(LaneSet& input, Moment now, Commands& commands) {
    auto& lane = lanes_[input.config.installation];
    if (!lane) lane = std::make_unique<Lane>();
    if (lane->receiver != nullptr && lane->config == input.config) return;

    if (lane->receiver == nullptr || lane->config.receiver != input.config.receiver) {
        if (lane->receiver != nullptr) {
            leave_receiver(*lane);
        }
        auto& receiver = receivers_[input.config.receiver];
        if (!receiver) receiver = std::make_unique<Receiver>();
        receiver->under_way += lane->under_way;
        lane->receiver = receiver.get();
    }
    lane->receiver->concurrencies.insert(input.config.concurrency);
    if (lane->is_placed) lane->receiver->concurrencies.erase(lane->receiver->concurrencies.find(lane->config.concurrency));
    lane->is_placed = true;
    lane->config = std::move(input.config);
    if (std::exchange(lane->is_gone, false)) lane->drops_load = lane->is_loading;

    if (lane->config.is_held) {
        unlist(*lane);
        if (!lane->ready.empty()) {
            clear_ready(*lane);
            lane->has_backlog = true;
            wait_in_state(*lane, now);
        }
    } else {
        if (lane->under_way >= lane->config.concurrency) unlist(*lane);
        list(*lane);
        load_if_due(*lane, now, commands);
    }
    list(*lane->receiver);  // It may have more places now, for its other lanes too.
}

void Scheduler::on(LaneGone& input, Moment, Commands&) {
    Lane* lane = find(input.installation);
    if (lane == nullptr || lane->is_gone) return;
    clear_ready(*lane);
    set_wake(*lane, std::nullopt);
    lane->has_backlog = false;
    lane->unsettled_retries.clear();
    leave_receiver(*lane);
    lane->is_gone = true;
    erase_if_over(*lane);
}

void Scheduler::on(Tick&, Moment now, Commands& commands) {
    while (!wakes_.empty() && wakes_.begin()->first <= now) {
        Lane& lane = *lanes_.at(wakes_.begin()->second);
        const auto before = wakes_.size();
        load_if_due(lane, now, commands);
        // It can't load now (held, loading, or its window is full): whatever frees it looks again.
        if (wakes_.size() == before) wakes_.erase(wakes_.begin());
    }
}

void Scheduler::on(Drain&, Moment, Commands&) { is_draining_ = true; }

void Scheduler::on(Hold& input, Moment, Commands&) { is_holding_ = input.is_on; }

Scheduler::Lane* Scheduler::find(InstallationId installation) {
    const auto found = lanes_.find(installation);
    return found == lanes_.end() ? nullptr : found->second.get();
}

void Scheduler::enqueue(Lane& lane, state::Due due) {
    // A Load can be faster than the word that a new event is durable.
    if (!known_.insert(due.delivery.id).second) return;
    ++lane.known;
    ++ready_;
    payload_bytes_ += payload_bytes(due);
    lane.ready.push_back(std::move(due));
    list(lane);
}

void Scheduler::wait_in_state(Lane& lane, Moment due_at) {
    if (!lane.wake_at || due_at < *lane.wake_at) set_wake(lane, due_at);
}

void Scheduler::set_wake(Lane& lane, std::optional<Moment> at) {
    if (lane.wake_at) wakes_.erase({*lane.wake_at, lane.config.installation});
    lane.wake_at = at;
    if (at) wakes_.insert({*at, lane.config.installation});
}

void Scheduler::load_if_due(Lane& lane, Moment now, Commands& commands) {
    if (lane.is_loading || lane.config.is_held || is_draining_ || !lane.wake_at || *lane.wake_at > now) return;
    // Half a window at the most is known already, so at least half of the answer is new.
    if (lane.known > limits_.window / 2 || (payload_bytes_ >= limits_.payload_bytes_max && !lane.ready.empty())) return;
    set_wake(lane, std::nullopt);
    lane.is_loading = true;
    ++loading_;
    commands.load.push_back({lane.config.installation, limits_.window});
}

void Scheduler::end_load(Lane& lane) {
    POSTHORN_ASSERT(lane.is_loading);
    lane.is_loading = false;
    --loading_;
}

void Scheduler::drop_load(Lane& lane, Moment now, Commands& commands) {
    end_load(lane);
    forget_settled(lane);
    lane.drops_load = false;
    if (erase_if_over(lane)) return;
    if (lane.is_gone) return;
    wait_in_state(lane, now);
    load_if_due(lane, now, commands);
}

bool Scheduler::erase_if_over(Lane& lane) {
    if (!lane.is_gone || lane.known > 0 || lane.is_loading) return false;
    const auto installation = lane.config.installation;
    lanes_.erase(installation);
    return true;
}

void Scheduler::forget_settled(Lane& lane) {
    for (const auto delivery : std::exchange(lane.settled_while_loading, {})) forget(lane, delivery);
    if (loading_ == 0) cancelled_while_loading_.clear();
}

void Scheduler::forget(Lane& lane, DeliveryId delivery) {
    if (known_.erase(delivery) > 0) --lane.known;
}

void Scheduler::clear_ready(Lane& lane) {
    for (const auto& due : lane.ready) {
        payload_bytes_ -= payload_bytes(due);
        forget(lane, due.delivery.id);
    }
    ready_ -= lane.ready.size();
    lane.ready.clear();
}

void Scheduler::list(Lane& lane) {
    if (lane.is_listed || lane.ready.empty() || lane.config.is_held || lane.under_way >= lane.config.concurrency) return;
    lane.is_listed = true;
    lane.receiver->turn.push_back(&lane);
    list(*lane.receiver);
}

void Scheduler::list(Receiver& receiver) {
    if (receiver.is_listed || receiver.turn.empty() || !receiver.has_place()) return;
    receiver.is_listed = true;
    turn_.push_back(&receiver);
}

void Scheduler::leave_receiver(Lane& lane) {
    unlist(lane);
    Receiver& receiver = *lane.receiver;
    receiver.under_way -= lane.under_way;
    if (lane.is_placed) receiver.concurrencies.erase(receiver.concurrencies.find(lane.config.concurrency));
    lane.is_placed = false;
    lane.receiver = nullptr;
    if (receiver.concurrencies.empty()) {
        // The last lane left.
        if (receiver.is_listed) std::erase(turn_, &receiver);
        receivers_.erase(lane.config.receiver);
    } else {
        list(receiver);
    }
}

void Scheduler::unlist(Lane& lane) {
    if (!lane.is_listed) return;
    lane.is_listed = false;
    std::erase(lane.receiver->turn, &lane);
}

void Scheduler::start_what_can(Moment now, Commands& commands) {
    while (!turn_.empty() && under_way_ < limits_.attempts_max && !is_draining_ && !is_holding_) {
        Receiver& receiver = *turn_.front();
        turn_.pop_front();
        receiver.is_listed = false;
        if (receiver.turn.empty() || !receiver.has_place()) continue;

        Lane& lane = *receiver.turn.front();
        receiver.turn.pop_front();
        lane.is_listed = false;
        POSTHORN_ASSERT(!lane.ready.empty());
        Start start{std::move(lane.ready.front()), false};
        lane.ready.pop_front();
        --ready_;
        payload_bytes_ -= payload_bytes(start.due);
        start.may_be_repeat = start.due.delivery.attempts == 0 && start.due.delivery.id.value <= recovered_up_to_;
        ++lane.under_way;
        ++receiver.under_way;
        ++under_way_;
        commands.start.push_back(std::move(start));

        load_if_due(lane, now, commands);  // It has room again.
        list(lane);  // Back of the queue: others go first.
        list(receiver);
    }
}

}  // namespace posthorn::engine
