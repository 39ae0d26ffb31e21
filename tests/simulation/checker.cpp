#include "tests/simulation/checker.h"

#include <algorithm>

#include <fmt/format.h>

namespace posthorn::simulation {

namespace {

constexpr std::size_t kLoadsInARowMax = 3;

}  // namespace

std::string name_of(DeliveryId id) { return to_string(id); }
std::string name_of(InstallationId id) { return fmt::format("lane {}", id.value); }

// --- Journal ----------------------------------------------------------------------------------------------

void Checker::add(DeliveryId id, EventId event, InstallationId installation, WebhookNumber webhook, Moment due_at,
                  model::OrderKey order) {
    Facts facts;
    facts.event = event;
    facts.installation = installation;
    facts.webhook = webhook;
    facts.due_at = facts.made_at = due_at;
    facts.order = order;
    if (order != model::kUnordered) ordered_[{installation, order}].insert(id);
    expect(deliveries_.emplace(id, facts).second, [&] { return name_of(id) + " was given out twice"; });
}

void Checker::leave_order(DeliveryId id, const Facts& facts) {
    if (facts.order == model::kUnordered) return;
    const auto found = ordered_.find({facts.installation, facts.order});
    if (found == ordered_.end()) return;
    found->second.erase(id);
    if (found->second.empty()) ordered_.erase(found);
}

DeliveryId Checker::first_of_order(DeliveryId id, const Facts& facts) const {
    if (facts.order == model::kUnordered) return id;
    const auto& all = ordered_.at({facts.installation, facts.order});
    const auto is_in_the_way = [&](DeliveryId other) {
        const auto& one = deliveries_.at(other);
        return one.withdrawals == 0 || one.is_under_way || one.is_unsettled;
    };
    const auto first = std::find_if(all.begin(), all.find(id), is_in_the_way);
    return first == all.end() ? id : *first;
}

void Checker::submitted(const model::EventAccepted& record) {
    for (std::size_t n = 0; n < record.targets.size(); ++n)
        add(delivery_of(record.event->id, n), record.event->id, record.targets[n].installation,
            record.targets[n].webhook, record.event->accepted_at, record.targets[n].order);
}

void Checker::submitted(const model::DeliveriesMade& record) {
    for (const auto& made : record.deliveries)
        add(made.id, made.event, made.installation, made.webhook, made.due_at, made.order);
}

void Checker::acknowledge(DeliveryId id) { deliveries_.at(id).is_acknowledged = true; }

void Checker::durable(const model::EventAccepted& record) {
    for (std::size_t n = 0; n < record.targets.size(); ++n) acknowledge(delivery_of(record.event->id, n));
}

void Checker::durable(const model::DeliveriesMade& record) {
    for (const auto& made : record.deliveries) {
        acknowledge(made.id);
        wait(made.id, deliveries_.at(made.id));
        touched_.push_back(made.installation);
    }
}

void Checker::refused(const model::EventAccepted& record) {
    for (std::size_t n = 0; n < record.targets.size(); ++n) {
        const auto id = delivery_of(record.event->id, n);
        leave_order(id, deliveries_.at(id));
        deliveries_.erase(id);
    }
}

void Checker::refused(const model::DeliveriesMade& record) {
    for (const auto& made : record.deliveries) {
        leave_order(made.id, deliveries_.at(made.id));
        deliveries_.erase(made.id);
    }
}

void Checker::end(DeliveryId id, model::DeliveryState state) {
    auto& facts = deliveries_.at(id);
    if (facts.final) return;  // The first end counts.
    facts.final = state;
    // One that was cancelled while it is under way is waited for all the same: one call of a key at a time.
    if (!facts.is_under_way && !facts.is_unsettled) leave_order(id, facts);
    if (state == model::DeliveryState::delivered) ++delivered_;
    auto& lane = lanes_[facts.installation];
    lane.waiting.erase({facts.due_at, id});
    lane.watch.reset();  // It may have been the one that was watched.
}

void Checker::durable(const model::AttemptEnded& record) {
    auto& facts = deliveries_.at(record.delivery);
    ++facts.durable_attempts;
    if (model::is_final(record.verdict.state)) end(record.delivery, record.verdict.state);
}

void Checker::durable(const model::DeliveriesCancelled& record) {
    for (const auto id : record.deliveries) end(id, model::DeliveryState::cancelled);
    if (!record.installation) return;
    for (auto& [id, facts] : deliveries_)
        if (facts.installation == record.installation && facts.is_acknowledged)
            end(id, model::DeliveryState::cancelled);
}

void Checker::durable(const model::DeliveriesExpired& record) {
    for (const auto id : record.deliveries) {
        auto& facts = deliveries_.at(id);
        const auto& config = lanes_[facts.installation].config;
        expect(outcome::age(facts.made_at, record.at, config.pauses) >= config.lifetime,
               [&] { return name_of(id) + " expired before its deadline"; });
        ++expired_;
        end(id, model::DeliveryState::dead);
    }
}

void Checker::withdrawing(InstallationId installation, const std::vector<DeliveryId>& deliveries) {
    ++lanes_[installation].withdrawals;
    for (const auto id : deliveries) ++deliveries_.at(id).withdrawals;
}

void Checker::withdrew(InstallationId installation, const std::vector<DeliveryId>& deliveries) {
    --lanes_[installation].withdrawals;
    for (const auto id : deliveries) --deliveries_.at(id).withdrawals;
}

// --- Scheduler --------------------------------------------------------------------------------------------

void Checker::wait(DeliveryId id, const Facts& facts) {
    if (!facts.final && !facts.is_under_way && !facts.is_unsettled && !facts.is_expiring)
        lanes_[facts.installation].waiting.emplace(facts.due_at, id);
}

void Checker::watch(InstallationId id) {
    auto& lane = lanes_[id];
    const bool is_ordered = std::ranges::any_of(ordered_, [&](const auto& one) { return one.first.first == id; });
    const bool is_idle = !is_ordered && lane.is_there && !lane.config.is_held && !lane.config.rate &&
                         lane.under_way == 0 && lane.waiting.empty() && lane.loads == 0 && lane.unsettled == 0 &&
                         !receivers_.at(lane.config.receiver).is_open && !receivers_.at(lane.config.receiver).is_paused;
    if (!is_idle || lane.watch) return;
    lane.watch = Watch{};
    watched_.insert(id);
}

void Checker::told(const engine::Input& input, Moment now) {
    answered_ = {};
    if (const auto* accepted = std::get_if<engine::Accepted>(&input)) {
        std::set<InstallationId> lanes;
        for (const auto& target : accepted->targets)
            if (lanes.insert(target.installation).second) watch(target.installation);
        for (const auto id : lanes) lanes_[id].loads_in_a_row = 0;
        for (std::size_t n = 0; n < accepted->targets.size(); ++n) {
            const auto id = delivery_of(accepted->event->id, n);
            wait(id, deliveries_.at(id));
        }
        touched_.insert(touched_.end(), lanes.begin(), lanes.end());
    } else if (const auto* settled = std::get_if<engine::Settled>(&input)) {
        auto& facts = deliveries_.at(settled->delivery);
        expect(facts.is_unsettled || facts.final,
               [&] { return name_of(settled->delivery) + " settled without having ended"; });
        if (std::exchange(facts.is_unsettled, false)) --lanes_[facts.installation].unsettled;
        if (std::exchange(facts.is_expiring, false)) --lanes_[facts.installation].expiring;
        if (facts.final) leave_order(settled->delivery, facts);
        lanes_[facts.installation].loads_in_a_row = 0;
        wait(settled->delivery, facts);
        touched_.push_back(facts.installation);
    } else if (const auto* loaded = std::get_if<engine::Loaded>(&input)) {
        --lanes_[loaded->installation].loads;
        answered_ = loaded->installation;
        touched_.push_back(loaded->installation);
    } else if (const auto* failed = std::get_if<engine::LoadFailed>(&input)) {
        auto& lane = lanes_[failed->installation];
        --lane.loads;
        lane.load_again_at = now + Millis(1000);
    } else if (const auto* due = std::get_if<engine::DueInState>(&input)) {
        lanes_[due->installation].loads_in_a_row = 0;
    } else if (const auto* set = std::get_if<engine::LaneSet>(&input)) {
        told_lane(set->config, now);
    } else if (const auto* hold = std::get_if<engine::Hold>(&input)) {
        is_holding_ = hold->is_on;
        held_max_ = under_way_;
        for (const auto& [id, lane] : lanes_) held_max_ += lane.unsettled;
    } else if (const auto* gone = std::get_if<engine::LaneGone>(&input)) {
        auto& lane = lanes_[gone->installation];
        leave(lane, false);
        lane.is_there = false;
    } else if (const auto* paused = std::get_if<engine::PauseReceiver>(&input)) {
        stop_watching();
        if (paused->paused_at) paused_receivers_.insert(paused->receiver);
        else paused_receivers_.erase(paused->receiver);
        const auto found = receivers_.find(paused->receiver);
        if (found != receivers_.end()) found->second.is_paused = paused->paused_at.has_value();
    } else if (const auto* was_open = std::get_if<engine::ReceiverWasOpen>(&input)) {
        const auto found = receivers_.find(was_open->receiver);
        if (found != receivers_.end() && !found->second.is_open) found->second.begin_phase(true);
    }
}

void Checker::stop_watching() {
    for (const auto id : watched_) lanes_[id].watch.reset();
    watched_.clear();
}

void Checker::leave(Lane& lane, bool stays) {
    stop_watching();  // Who takes turns with whom has changed.
    const auto found = receivers_.find(lane.config.receiver);
    if (!lane.is_there || found == receivers_.end()) return;
    auto& receiver = found->second;
    receiver.lanes.erase(lane.config.installation);
    receiver.concurrencies.erase(receiver.concurrencies.find(lane.config.concurrency));
    receiver.concurrency_sum -= lane.config.concurrency;
    if (--receiver.tenants[lane.config.tenant] == 0) receiver.tenants.erase(lane.config.tenant);
    receiver.under_way -= lane.under_way;
    if (stays) return;
    receiver.is_ramp = false;
    for (const auto id : lane.flights)
        if (auto& facts = deliveries_.at(id);
            std::exchange(facts.at, {}) == found->first && facts.phase == receiver.phase)
            --receiver.under_way_of_phase;
    if (receiver.lanes.empty()) receivers_.erase(found);
}

void Checker::told_lane(const engine::LaneConfig& config, Moment now) {
    auto& lane = lanes_[config.installation];
    const bool stays = lane.is_there && lane.config.receiver == config.receiver;
    leave(lane, stays);
    if (config.rate != lane.config.rate || !lane.is_there) {
        lane.rated_since = now;
        lane.rated_starts = 0;
    }
    auto& receiver = receivers_[config.receiver];
    if (!stays || lane.config.concurrency != config.concurrency) receiver.is_ramp = false;
    lane.config = config;
    lane.is_there = true;
    receiver.is_paused = paused_receivers_.contains(config.receiver);
    receiver.lanes.insert(config.installation);
    receiver.concurrencies.insert(config.concurrency);
    receiver.concurrency_sum += config.concurrency;
    ++receiver.tenants[config.tenant];
    receiver.under_way += lane.under_way;
    touched_.push_back(config.installation);
}

void Checker::told_receiver(const engine::ReceiverChanged& changed) {
    stop_watching();
    const auto found = receivers_.find(changed.status.name);
    if (found == receivers_.end()) return;  // Its last lane has just left.
    auto& receiver = found->second;
    const auto name = [&] { return changed.status.name; };
    if (changed.change == engine::ReceiverChange::opened) {
        ++openings_;
        expect(!receiver.is_open, [&] { return name() + " opened twice"; });
        expect(receiver.failures_of_phase >= 3, [&] { return name() + " opened for nearly nothing"; });
        receiver.begin_phase(true);
    } else if (changed.change == engine::ReceiverChange::closed) {
        expect(receiver.is_open, [&] { return name() + " closed twice"; });
        expect(receiver.successes_of_phase > 0, [&] { return name() + " closed without a success"; });
        receiver.begin_phase(false);
    }
}

void Checker::ended(DeliveryId delivery, const model::Verdict* verdict, outcome::Health health) {
    auto& facts = deliveries_.at(delivery);
    auto& lane = lanes_[facts.installation];
    expect(facts.is_under_way, [&] { return name_of(delivery) + " ended without having started"; });
    facts.is_under_way = false;
    facts.is_unsettled = true;
    lane.flights.erase(delivery);
    if (const auto found = receivers_.find(std::exchange(facts.at, {})); found != receivers_.end()) {
        auto& receiver = found->second;
        if (outcome::is_failure(health)) ++receiver.failures_of_phase;
        if (facts.phase == receiver.phase) {
            --receiver.under_way_of_phase;
            if (health == outcome::Health::well || health == outcome::Health::busy) ++receiver.successes_of_phase;
        }
    }
    ++lane.unsettled;
    count_under_way(lane, -1);
    touched_.push_back(facts.installation);
    if (verdict == nullptr) return;
    ++facts.attempts;
    if (model::is_final(verdict->state)) facts.has_ended = true;
    else if (!facts.final) facts.due_at = verdict->retry_at;
}

void Checker::held(std::size_t outcomes, std::size_t outcomes_max) {
    // Once they are that many nothing starts: only what was under way or not durable by then may come on top.
    const auto may_be = is_holding_ ? held_max_ : outcomes_max;
    expect(outcomes <= may_be, [&] { return fmt::format("{} outcomes are held, {} may be", outcomes, may_be); });
}

void Checker::did(const engine::Commands& commands, const engine::Scheduler& scheduler, Moment now) {
    for (const auto& load : commands.load) {
        auto& lane = lanes_[load.installation];
        expect(lane.loads == 0, [&] { return name_of(load.installation) + " loads twice at once"; });
        expect(lane.is_there && !lane.config.is_held,
               [&] { return name_of(load.installation) + " loads though gone or held"; });
        ++lane.loads;
        lane.watch.reset();
        // With a window that is half full at the most, one or two fill it.
        const bool has_expired = std::ranges::any_of(
            commands.expired, [&](const auto& one) { return one.installation == load.installation; });
        lane.loads_in_a_row = load.installation == answered_ && !has_expired ? lane.loads_in_a_row + 1 : 0;
        expect(lane.loads_in_a_row <= kLoadsInARowMax,
               [&] { return name_of(load.installation) + " loads again and again"; });
    }
    for (const auto& changed : commands.receivers_changed) told_receiver(changed);
    for (const auto& start : commands.start) started(start, now);
    for (const auto& expired : commands.expired)
        for (const auto id : expired.deliveries) {
            auto& facts = deliveries_.at(id);
            auto& lane = lanes_[facts.installation];
            facts.is_expiring = true;
            ++lane.expiring;
            lane.waiting.erase({facts.due_at, id});
            lane.watch.reset();  // It may have been the one that was watched.
        }
    for (const auto orphan : commands.orphaned.deliveries)
        expect(!lanes_[deliveries_.at(orphan).installation].is_there,
               [&] { return name_of(orphan) + " was orphaned though its lane is there"; });

    expect(scheduler.attempts_under_way() == under_way_, [&] {
        return fmt::format("{} attempts are under way, the scheduler says {}", under_way_,
                           scheduler.attempts_under_way());
    });
    expect(under_way_ <= limits_.attempts_max,
           [&] { return std::string("more attempts than attempts_max are under way"); });
    const auto waiting = scheduler.waiting_in_memory();
    // A load adds up to a window to what came while it was under way; each of those may have followers, and so may those
    // that were started.
    std::size_t waiting_max = 0;
    for (const auto& [id, lane] : lanes_) {
        const auto ready_max = 2 * limits_.window;
        waiting_max += ready_max + state::kFollowersMax * (ready_max + lane.under_way + lane.unsettled);
    }
    expect(waiting <= waiting_max,
           [&] { return fmt::format("{} deliveries wait in memory, {} may", waiting, waiting_max); });
    // Each lane may exceed the budget by one, so that it moves at all.
    expect(waiting * payload_bytes_ <= limits_.payload_bytes_max + (lanes_.size() + 1) * payload_bytes_,
           [&] { return fmt::format("the payloads of {} deliveries are in memory", waiting); });
}

void Checker::started(const engine::Start& start, Moment now) {
    const auto& delivery = start.due.delivery;
    const auto name = name_of(delivery.id);
    const auto found = deliveries_.find(delivery.id);
    if (found == deliveries_.end()) return expect(false, [&] { return name + " started but does not exist"; });
    auto& facts = found->second;
    auto& lane = lanes_[facts.installation];
    ++starts_;

    expect(start.due.event != nullptr && start.due.event->id == facts.event && delivery.event == facts.event &&
               delivery.installation == facts.installation && delivery.webhook == facts.webhook,
           [&] { return name + " started with another's event, installation or webhook"; });
    expect(!facts.is_under_way, [&] { return name + " started while an attempt of it is under way"; });
    expect(!facts.is_unsettled, [&] { return name + " started before its last outcome was durable"; });
    expect(!facts.has_ended, [&] { return name + " started after an attempt of this life had ended it"; });
    expect(!facts.final, [&] { return name + " started though it is final"; });
    expect(now >= facts.due_at,
           [&] { return fmt::format("{} started {} ms early", name, (facts.due_at - now).count()); });
    expect(outcome::age(facts.made_at, now, lane.config.pauses) < lane.config.lifetime,
           [&] { return name + " started after its deadline"; });
    expect(delivery.attempts == facts.attempts,
           [&] { return fmt::format("{} started with {} attempts, not {}", name, delivery.attempts, facts.attempts); });
    expect(start.may_be_repeat == (facts.is_of_earlier_life && facts.attempts == 0), [&] {
        return name + (start.may_be_repeat ? " says that it may be a repeat" : " does not say that it may be a repeat");
    });
    if (start.may_be_repeat) ++repeats_;
    if (!facts.final) {
        const auto first = first_of_order(delivery.id, facts);
        expect(first == delivery.id,
               [&] { return fmt::format("{} overtakes {}, which is before it in its order", name, name_of(first)); });
    }
    expect(lane.is_there, [&] { return name + " started after its add-on was uninstalled"; });
    expect(!is_holding_, [&] { return name + " started while outcomes can't be recorded"; });
    expect(!lane.config.is_held, [&] { return name + " started while its lane is held"; });
    if (lane.is_there) check_places(lane, name, now);

    facts.is_under_way = true;
    lane.flights.insert(delivery.id);
    if (lane.is_there) {
        auto& receiver = receivers_.at(lane.config.receiver);
        facts.at = lane.config.receiver;
        facts.phase = receiver.phase;
        ++receiver.under_way_of_phase;
    }
    lane.loads_in_a_row = 0;
    count_under_way(lane, 1);
    lane.waiting.erase({facts.due_at, delivery.id});
    touched_.push_back(facts.installation);
}

void Checker::count_under_way(Lane& lane, int change) {
    lane.under_way += static_cast<std::size_t>(change);
    under_way_ += static_cast<std::size_t>(change);
    if (lane.is_there) receivers_.at(lane.config.receiver).under_way += static_cast<std::size_t>(change);
}

void Checker::check_places(Lane& lane, const std::string& name, Moment now) {
    auto& receiver = receivers_.at(lane.config.receiver);
    expect(lane.under_way < lane.config.concurrency,
           [&] { return name + " started beyond the concurrency of its lane"; });
    check_receiver(receiver, name);
    if (const auto& rate = lane.config.rate) {
        const auto per_ms = static_cast<double>(rate->count) / static_cast<double>(rate->per.count());
        const auto allowed = 1.01 + per_ms * static_cast<double>((now - lane.rated_since).count() + 250);
        expect(static_cast<double>(++lane.rated_starts) <= allowed, [&] {
            return fmt::format("{} is start {} of its lane, {:.2f} may be", name, lane.rated_starts, allowed);
        });
        lane.rated_last_at = now;
    }
    check_turn(lane, receiver, name);
}

void Checker::check_receiver(const Receiver& receiver, const std::string& name) {
    expect(!receiver.is_paused, [&] { return name + " started at a paused receiver"; });
    expect(receiver.under_way < receiver.places_max(),
           [&] { return name + " started beyond the places of its receiver"; });
    if (receiver.is_open)
        expect(receiver.under_way_of_phase == 0, [&] { return name + " started though a probe is under way"; });
    // After an outage: one, and one more with each success.
    if (receiver.is_ramp)
        expect(receiver.under_way_of_phase < 2 + receiver.successes_of_phase,
               [&] { return name + " started too soon after its receiver had come back"; });
}

void Checker::check_turn(Lane& lane, Receiver& receiver, const std::string& name) {
    lane.watch.reset();
    std::erase_if(watched_, [&](InstallationId id) {
        auto& other = lanes_.at(id);
        if (!other.watch) return true;
        // A lane lets every other tenant go first once for each of its own tenant's lanes.
        if (receiver.lanes.contains(id))
            expect(++other.watch->receiver_starts <= receiver.tenants.size() * receiver.tenants.at(other.config.tenant),
                   [&] { return fmt::format("{} lets {} wait for more than its turn", name, name_of(id)); });
        // And a receiver that surely has a place lets every other receiver go first once.
        else if (receivers_.at(other.config.receiver).lanes.size() == 1)
            expect(++other.watch->all_starts <= receivers_.size(),
                   [&] { return fmt::format("{} lets {} wait for more than its receiver's turn", name, name_of(id)); });
        return false;
    });
}

}  // namespace posthorn::simulation
