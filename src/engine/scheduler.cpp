#include "engine/scheduler.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "engine/scheduler_parts.h"

namespace posthorn::engine {

namespace {

constexpr Millis kLoadRetry{1000};

}  // namespace

void Commands::clear() {
    start.clear();
    load.clear();
    orphaned.deliveries.clear();
    expired.clear();
    receivers_changed.clear();
    give_up.clear();
}

Scheduler::Scheduler(SchedulerLimits limits, std::uint64_t recovered_up_to)
    : limits_(limits),
      recovered_up_to_(recovered_up_to),
      turn_(std::make_unique<Turn<Receiver>>()),
      flow_(std::make_unique<Flow>(Millis(200))) {}

Scheduler::~Scheduler() = default;

void Scheduler::step(Input input, Moment now, Commands& commands) {
    now_ = now;
    std::visit([&](auto& value) { on(value, commands); }, input);
    start_what_can(commands);
}

std::optional<Moment> Scheduler::next_wake() const {
    std::optional<Moment> next;
    const auto take = [&](const auto& entries) {
        if (!entries.empty() && (!next || entries.begin()->first < *next)) next = entries.begin()->first;
    };
    if (is_draining_) return next;
    take(wakes_);
    take(tokens_);
    take(probes_);
    return next;
}

std::size_t Scheduler::attempts_under_way(InstallationId installation) const {
    const Lane* lane = find(installation);
    return lane == nullptr ? 0 : lane->under_way;
}

void Scheduler::on(Accepted& input, Commands& commands) {
    withdraw(input.targets);
    for (std::size_t n = 0; n < input.targets.size(); ++n) {
        const auto& target = input.targets[n];
        const auto id = delivery_of(input.event->id, n);
        Lane* lane = find(target.installation);
        if (lane == nullptr || lane->is_gone) {
            commands.orphaned.deliveries.push_back(id);
            continue;
        }
        state::Due due;
        due.delivery.id = id;
        due.delivery.event = input.event->id;
        due.delivery.installation = target.installation;
        due.delivery.webhook = target.webhook;
        due.delivery.order = target.order;
        due.delivery.due_at = due.delivery.made_at = input.event->accepted_at;
        due.event = input.event;
        admit(*lane, std::move(due));
        load_if_due(*lane, commands);
    }
}

void Scheduler::admit(Lane& lane, state::Due due) {
    const auto order = due.delivery.order;
    const bool is_unordered = order == model::kUnordered;
    if (!is_unordered && leave_to_line(lane, order)) return;
    const bool fits = lane.in_memory() < limits_.window && payload_bytes_ < limits_.payload_bytes_max;
    const bool may_start = fits && !is_draining_ && !is_shut(lane);
    if (may_start && !lane.has_backlog && (is_unordered || may_follow(lane, order)))
        return enqueue(lane, std::move(due));
    lane.has_backlog = true;
    const bool is_behind_load = lane.is_loading && !lane.drops_load && !(lane.wake_at && *lane.wake_at <= now_);
    if (may_start && is_behind_load) {
        ++ready_;
        payload_bytes_ += payload_bytes(due);
        lane.arrivals.push_back(std::move(due));
        return;
    }
    wait_in_state(lane, now_);
}

std::vector<state::Due> Scheduler::take_arrivals(Lane& lane) {
    ready_ -= lane.arrivals.size();
    for (const auto& due : lane.arrivals) payload_bytes_ -= payload_bytes(due);
    return std::exchange(lane.arrivals, {});
}

void Scheduler::on(Ended& input, Commands& commands) {
    --under_way_;
    Lane* lane = find(input.installation);
    POSTHORN_ASSERT(lane != nullptr);
    --lane->under_way;
    if (lane->is_gone) return;
    --lane->receiver->under_way;
    if (input.seen.started_at >= lane->joined_at || lane->receiver->is_probe(input.delivery))
        see(*lane->receiver, input, commands);
    if (input.verdict.state == model::DeliveryState::retrying)
        lane->unsettled_retries.emplace(input.delivery, input.verdict.retry_at);
    else if (input.verdict.state == model::DeliveryState::delivered) {
        lane->flow.count_delivered(now_);
        flow_->count_delivered(now_);
    }
    if (!lane->heads.empty()) end_ordered(*lane, input);
    list(*lane);
    list(*lane->receiver);  // A receiver that was full was left out of the turn; it has a place again.
    load_if_due(*lane, commands);
}

void Scheduler::on(Settled& input, Commands& commands) {
    Lane* lane = find(input.installation);
    POSTHORN_ASSERT(lane != nullptr);
    // Not sooner: until now a Load would have brought it as it was before the attempt, and not again.
    if (const auto retry = lane->unsettled_retries.extract(input.delivery))
        wait_in_state(*lane, std::max(retry.mapped(), now_));
    if (!lane->heads.empty()) advance(*lane, input.delivery);
    if (lane->is_loading) {
        lane->settled_while_loading.push_back(input.delivery);
        return;
    }
    forget(*lane, input.delivery);
    if (!erase_if_over(*lane)) load_if_due(*lane, commands);
}

void Scheduler::on(Loaded& input, Commands& commands) {
    Lane* lane = find(input.installation);
    POSTHORN_ASSERT(lane != nullptr);
    if (lane->is_gone || lane->drops_load) return drop_load(*lane, commands);
    end_load(*lane);
    const bool is_probe = lane->receiver->prober == lane && !lane->receiver->probe;
    if (is_shut(*lane) && !is_probe) {
        forget_settled(*lane);
        lane->has_backlog = true;
        wait_in_state(*lane, now_);
        return load_if_due(*lane, commands);  // It may become the probe.
    }
    // A wake that was set while we loaded tells of something the answer may not hold.
    const bool became_due = lane->wake_at && *lane->wake_at <= now_;
    const auto heads = std::ranges::count(input.answer.due, false, &state::Due::is_follower);
    bool has_more = static_cast<std::size_t>(heads) >= limits_.window;
    auto arrivals = take_arrivals(*lane);  // The older ones have the room first.

    std::size_t taken = 0;
    for (auto& due : input.answer.due) {
        if (cancelled_while_loading_.contains(due.delivery.id)) continue;
        if (known_.contains(due.delivery.id)) {
            if (due.has_followers) {
                const auto line = lane->lines.find(due.delivery.order);
                if (line != lane->lines.end()) line->second.has_more = true;
                else has_more = true;  // Its head has settled meanwhile.
            }
            continue;
        }
        const bool is_over = payload_bytes_ >= limits_.payload_bytes_max;
        if (due.delivery.order != model::kUnordered && !may_join(*lane, due.delivery.order, is_over || is_probe))
            continue;
        // Beyond the budget the rest stays where it is; one is always taken, or nothing would move. A probe is one.
        if (taken > 0 && (is_probe || is_over)) {
            has_more = true;
            break;
        }
        enqueue(*lane, std::move(due));
        ++taken;
    }
    std::erase_if(arrivals, [this](const state::Due& due) {
        return known_.contains(due.delivery.id) || cancelled_while_loading_.contains(due.delivery.id);
    });
    forget_settled(*lane);

    lane->loads_in_row = has_more ? lane->loads_in_row + 1 : 0;
    if (has_more) wait_in_state(*lane, now_);
    if (input.answer.next_due) wait_in_state(*lane, std::max(*input.answer.next_due, now_));
    lane->has_backlog = has_more || became_due || (lane->wake_at && *lane->wake_at <= now_);
    // Where older ones stay in the state, so do they.
    if (!lane->has_backlog)
        for (auto& due : arrivals) admit(*lane, std::move(due));
    // What it has may be right behind what is not settled yet: asking again at once would bring the same.
    if (is_probe && taken == 0)
        return drop_probe(*lane->receiver, lane->known > 0 ? now_ + kLoadRetry : now_, commands);
    load_if_due(*lane, commands);
}

void Scheduler::on(LoadFailed& input, Commands& commands) {
    Lane* lane = find(input.installation);
    POSTHORN_ASSERT(lane != nullptr);
    if (lane->is_gone || lane->drops_load) return drop_load(*lane, commands);
    end_load(*lane);
    forget_settled(*lane);
    take_arrivals(*lane);  // They are in the state, too.
    set_wake(*lane, now_ + kLoadRetry);
    if (lane->receiver->prober == lane && !lane->receiver->probe)
        drop_probe(*lane->receiver, now_ + kLoadRetry, commands);
}

void Scheduler::on(DueInState& input, Commands& commands) {
    Lane* lane = find(input.installation);
    if (lane == nullptr || lane->is_gone) return;
    if (input.due_at <= now_) lane->has_backlog = true;
    wait_in_state(*lane, input.due_at);
    load_if_due(*lane, commands);
}

void Scheduler::on(Cancelled& input, Commands& commands) {
    for (const auto delivery : input.deliveries) {
        if (loading_ > 0) cancelled_while_loading_.insert(delivery);
        if (!known_.contains(delivery)) continue;
        if (std::ranges::any_of(lanes_, [&](auto& one) { return drop_follower(*one.second, delivery); })) continue;
        // Rare and asked for by a person, so a search is fine. One under way ends as it ends.
        for (auto& [id, lane] : lanes_) {
            cancel_head(*lane, delivery);
            const auto found =
                std::ranges::find_if(lane->ready, [&](const state::Due& due) { return due.delivery.id == delivery; });
            if (found == lane->ready.end()) continue;
            payload_bytes_ -= payload_bytes(*found);
            lane->ready.erase(found);
            --ready_;
            if (!lane->heads.empty()) advance(*lane, delivery);
            if (lane->ready.empty()) Turn<Lane>::leave(*lane);
            if (lane->is_loading) lane->settled_while_loading.push_back(delivery);
            else forget(*lane, delivery);
            if (lane->receiver->prober == lane.get() && !lane->receiver->probe)
                drop_probe(*lane->receiver, now_, commands);
            load_if_due(*lane, commands);  // It has room again.
            break;
        }
    }
}

void Scheduler::on(LaneSet& input, Commands& commands) {
    auto& lane = lanes_[input.config.installation];
    if (!lane) lane = std::make_unique<Lane>();
    if (lane->receiver != nullptr && lane->config == input.config) return;

    const bool has_moved = lane->receiver == nullptr || lane->config.receiver != input.config.receiver;
    const bool is_new_there = !input.config.is_held && (has_moved || lane->config.is_held);
    if (lane->receiver != nullptr && (has_moved || lane->config.tenant != input.config.tenant))
        leave_receiver(*lane, commands);
    if (lane->config.rate != input.config.rate) {
        lane->bucket.set(input.config.rate, now_);
        if (lane->token_at) tokens_.erase({*std::exchange(lane->token_at, std::nullopt), lane->config.installation});
    }
    if (lane->receiver == nullptr) join(*lane, input.config);
    else take_places(*lane, input.config);
    lane->config = std::move(input.config);
    if (std::exchange(lane->is_gone, false)) lane->drops_load = lane->is_loading;

    Receiver& receiver = *lane->receiver;
    if (is_new_there) {
        receiver.breaker.give_chance(now_);
        if (receiver.breaker.state() == Breaker::State::open) set_probe(receiver, now_);
    }
    if (lane->config.is_held && receiver.prober == lane.get() && !receiver.probe) drop_probe(receiver, now_, commands);
    if (is_shut(*lane) && receiver.prober != lane.get()) send_back(*lane);
    // Its place in the turn may be one that it has no more.
    Turn<Lane>::leave(*lane);
    list(*lane);
    load_if_due(*lane, commands);
    list(receiver);  // It may have more places now, for its other lanes too.
}

void Scheduler::on(LaneGone& input, Commands& commands) {
    Lane* lane = find(input.installation);
    if (lane == nullptr || lane->is_gone) return;
    clear_ready(*lane);
    cancel_all_heads(*lane);  // Those under way, whose lines it keeps when it is installed again meanwhile.
    set_wake(*lane, std::nullopt);
    lane->has_backlog = false;
    lane->unsettled_retries.clear();
    leave_receiver(*lane, commands);
    lane->is_gone = true;
    erase_if_over(*lane);
}

void Scheduler::on(Tick&, Commands& commands) {
    while (!wakes_.empty() && wakes_.begin()->first <= now_) {
        Lane& lane = *lanes_.at(wakes_.begin()->second);
        const auto before = wakes_.size();
        load_if_due(lane, commands);
        // It can't load now (held, loading, or its window is full): whatever frees it looks again.
        if (wakes_.size() == before) wakes_.erase(wakes_.begin());
    }
    while (!tokens_.empty() && tokens_.begin()->first <= now_) {
        Lane& lane = *lanes_.at(tokens_.begin()->second);
        tokens_.erase(tokens_.begin());
        lane.token_at.reset();
        list(lane);
    }
    while (!probes_.empty() && probes_.begin()->first <= now_) {
        Receiver& receiver = *probes_.begin()->second;
        set_probe(receiver, std::nullopt);
        probe(receiver, commands);
    }
}

void Scheduler::on(Recovered&, Commands&) { is_recovered_ = true; }

void Scheduler::on(Drain&, Commands&) { is_draining_ = true; }

void Scheduler::on(Hold& input, Commands&) { is_holding_ = input.is_on; }

Scheduler::Lane* Scheduler::find(InstallationId installation) const {
    const auto found = lanes_.find(installation);
    return found == lanes_.end() ? nullptr : found->second.get();
}

void Scheduler::enqueue(Lane& lane, state::Due due) {
    // A Load can be faster than the word that a new event is durable.
    if (!known_.insert(due.delivery.id).second) return;
    if (known_.size() == 1) flow_->begin(now_);
    if (lane.known++ == 0) lane.flow.begin(now_);
    ++ready_;
    payload_bytes_ += payload_bytes(due);
    if (due.delivery.order != model::kUnordered) return enqueue_ordered(lane, std::move(due));
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

void Scheduler::load_if_due(Lane& lane, Commands& commands) {
    if (lane.is_loading || is_draining_ || !lane.wake_at || *lane.wake_at > now_) return;
    if (is_shut(lane)) {
        if (!lane.config.is_held) probe(*lane.receiver, commands);
        return;
    }
    // Half a window at the most is known already, so at least half of the answer is new.
    if (lane.known - lane.followers > limits_.window / 2 ||
        (payload_bytes_ >= limits_.payload_bytes_max && !lane.ready.empty()))
        return;
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

void Scheduler::drop_load(Lane& lane, Commands& commands) {
    end_load(lane);
    forget_settled(lane);
    lane.drops_load = false;
    if (erase_if_over(lane)) return;
    if (lane.is_gone) return;
    wait_in_state(lane, now_);
    load_if_due(lane, commands);
}

bool Scheduler::erase_if_over(Lane& lane) {
    if (!lane.is_gone || lane.known > 0 || lane.is_loading) return false;
    const auto installation = lane.config.installation;
    lanes_.erase(installation);
    return true;
}

void Scheduler::forget_settled(Lane& lane) {
    for (const auto delivery : std::exchange(lane.settled_while_loading, {})) {
        if (!lane.heads.empty()) advance(lane, delivery);
        forget(lane, delivery);
    }
    if (loading_ == 0) cancelled_while_loading_.clear();
}

void Scheduler::forget(Lane& lane, DeliveryId delivery) {
    if (known_.erase(delivery) > 0) --lane.known;
}

void Scheduler::clear_ready(Lane& lane) {
    take_arrivals(lane);
    if (!lane.heads.empty()) drop_followers(lane);
    for (const auto& due : lane.ready) {
        payload_bytes_ -= payload_bytes(due);
        forget(lane, due.delivery.id);
    }
    ready_ -= lane.ready.size();
    lane.ready.clear();
}

void Scheduler::send_back(Lane& lane) {
    Turn<Lane>::leave(lane);
    if (lane.in_memory() == 0 && lane.followers == 0) return;
    clear_ready(lane);
    lane.has_backlog = true;
    wait_in_state(lane, now_);
}

bool Scheduler::is_shut(const Lane& lane) const { return lane.config.is_held || lane.receiver->is_shut(); }

void Scheduler::list(Lane& lane) {
    if (lane.is_listed() || lane.ready.empty() || lane.config.is_held || !lane.has_place()) return;
    if (!lane.bucket.has_token(now_)) {
        if (lane.token_at) return;
        lane.token_at = lane.bucket.next_at();
        tokens_.emplace(*lane.token_at, lane.config.installation);
        return;
    }
    lane.tenant->turn.push_back(lane);
    list(*lane.tenant);
}

void Scheduler::list(TenantTurn& tenant) {
    if (!tenant.is_listed() && !tenant.turn.empty()) tenant.receiver->turn.push_back(tenant);
    list(*tenant.receiver);  // It may have left the turn while it was shut.
}

void Scheduler::list(Receiver& receiver) {
    if (receiver.is_listed() || receiver.turn.empty() || !receiver.has_place()) return;
    turn_->push_back(receiver);
}

state::Due Scheduler::take_first(Lane& lane) {
    state::Due due = std::move(lane.ready.front());
    lane.ready.pop_front();
    --ready_;
    payload_bytes_ -= payload_bytes(due);
    return due;
}

bool Scheduler::is_overdue(const Lane& lane, const state::Due& due) const {
    // Nearly always it is young, pauses or not.
    return now_ - due.delivery.made_at >= lane.config.lifetime &&
           outcome::age(due.delivery.made_at, now_, lane.config.pauses) >= lane.config.lifetime;
}

void Scheduler::expire(Lane& lane, Commands& commands) {
    Expired expired{lane.config.installation, {}};
    while (!lane.ready.empty() && is_overdue(lane, lane.ready.front()))
        expired.deliveries.push_back(take_first(lane).delivery.id);
    commands.expired.push_back(std::move(expired));
    Receiver& receiver = *lane.receiver;
    if (receiver.prober == &lane && !receiver.probe) drop_probe(receiver, now_, commands);
    load_if_due(lane, commands);
}

void Scheduler::start_what_can(Commands& commands) {
    while (!turn_->empty() && under_way_ < limits_.attempts_max && !is_draining_ && !is_holding_) {
        Receiver& receiver = turn_->pop_front();
        if (receiver.turn.empty() || !receiver.has_place()) continue;

        TenantTurn& tenant = receiver.turn.pop_front();
        if (tenant.turn.empty()) {  // Its last lane left the turn meanwhile.
            list(receiver);
            continue;
        }
        Lane& lane = tenant.turn.pop_front();
        POSTHORN_ASSERT(!lane.ready.empty());
        if (is_overdue(lane, lane.ready.front())) {
            expire(lane, commands);
            list(lane);
            list(tenant);
            list(receiver);
            continue;
        }
        Start start{take_first(lane), false};
        start.may_be_repeat = start.due.delivery.attempts == 0 && start.due.delivery.id.value <= recovered_up_to_;
        if (receiver.prober != nullptr) receiver.probe = start.due.delivery.id;
        lane.bucket.take();
        ++lane.under_way;
        ++receiver.under_way;
        ++under_way_;
        commands.start.push_back(std::move(start));

        load_if_due(lane, commands);  // It has room again.
        list(lane);  // Back of the queue: others go first.
        list(tenant);
        list(receiver);
    }
}

}  // namespace posthorn::engine
