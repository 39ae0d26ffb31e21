// Lives of the server: what a crash leaves, what must be there after it, at rest and at the end.

#include "tests/simulation/checker.h"

#include <algorithm>

#include <fmt/format.h>

namespace posthorn::simulation {

namespace {

// How late a wake-up may be: the timer wheel is coarse.
constexpr Millis kWakeSlack{25};
constexpr std::size_t kLooksPerRest = 4;

}  // namespace

void Checker::crashed() {
    lanes_.clear();
    receivers_.clear();
    paused_receivers_.clear();
    is_holding_ = false;
    watched_.clear();
    touched_.clear();
    under_way_ = 0;
}

void Checker::recovered(state::Reader& reader) {
    for (auto entry = deliveries_.begin(); entry != deliveries_.end();) {
        auto& [id, facts] = *entry;
        const auto detail = reader.delivery(id);
        if (!detail) {
            expect(!facts.is_acknowledged, [&] { return name_of(id) + " was acknowledged and is lost"; });
            expect(detail.error().code == Errc::not_found, [&] { return to_string(detail.error()); });
            leave_order(id, facts);
            entry = deliveries_.erase(entry);
            continue;
        }
        const auto& delivery = detail->row.delivery;
        expect(!facts.final || delivery.state == *facts.final, [&] {
            return fmt::format("{} was {} and is {}", name_of(id), facts.final ? to_string(*facts.final) : "waiting",
                               to_string(delivery.state));
        });
        expect(delivery.attempts >= facts.durable_attempts, [&] { return name_of(id) + " has lost attempts"; });
        expect(delivery.attempts <= facts.attempts, [&] { return name_of(id) + " has attempts that were never made"; });
        const bool is_final = model::is_final(delivery.state);
        if (is_final) leave_order(id, facts);
        if (is_final && !facts.final) {
            facts.final = delivery.state;
            if (delivery.state == model::DeliveryState::delivered) ++delivered_;
        }
        facts.is_acknowledged = true;
        facts.is_of_earlier_life = true;
        facts.is_under_way = facts.is_unsettled = facts.has_ended = false;
        facts.at.clear();
        facts.is_expiring = false;
        facts.withdrawals = 0;
        facts.attempts = facts.durable_attempts = delivery.attempts;
        if (!is_final) {
            facts.due_at = delivery.due_at;
            wait(id, facts);
        }
        ++entry;
    }
}

void Checker::check_forgotten(InstallationId id, const Lane& lane, const engine::Scheduler& scheduler, Moment now) {
    if (!lane.is_there || lane.config.is_held || lane.waiting.empty()) return;
    // Those that wait for another of their order are right to wait.
    const auto found = std::ranges::find_if(lane.waiting, [&](const auto& one) {
        return first_of_order(one.second, deliveries_.at(one.second)) == one.second;
    });
    if (found == lane.waiting.end()) return;
    const auto [due_at, delivery] = *found;
    const bool is_busy = lane.loads + lane.unsettled + lane.expiring + lane.withdrawals > 0;
    if (is_busy || due_at + kWakeSlack > now || now < lane.load_again_at + kWakeSlack) return;
    if (const auto& rate = lane.config.rate) {
        // When it has a token again, at the latest.
        const auto last = std::max({due_at, lane.rated_since, lane.rated_last_at});
        if (last + rate->per / rate->count + 2 * kWakeSlack > now) return;
    }
    const auto status = scheduler.receiver(lane.config.receiver, now);
    if (!status) return expect(false, [&] { return lane.config.receiver + " is unknown"; });
    if (status->state == engine::ReceiverState::paused) return;
    const bool is_full = lane.under_way >= lane.config.concurrency || status->under_way >= status->parallel_limit ||
                         under_way_ >= limits_.attempts_max || lane.under_way > limits_.window / 2;
    if (status->state == engine::ReceiverState::half_open)
        return expect(is_full || status->under_way > 0 ||
                          std::ranges::any_of(status->installations,
                                              [&](InstallationId other) {
                                                  return lanes_[other].loads > 0 || lanes_[other].config.rate;
                                              }),
                      [&] { return lane.config.receiver + " waits for a probe that nobody makes"; });
    if (status->state == engine::ReceiverState::open)
        return expect(is_full || *status->next_probe + kWakeSlack > now,
                      [&] { return lane.config.receiver + " was to be probed and is not"; });
    expect(is_full, [&] {
        return fmt::format("{} has places, and {} is due since {} ms: it is forgotten", name_of(id), name_of(delivery),
                           (now - due_at).count());
    });
}

void Checker::at_rest(const engine::Scheduler& scheduler, Moment now) {
    const auto wake = scheduler.next_wake();
    if (is_holding_ || (wake && *wake <= now)) return;  // It will look at its lanes in a moment.
    for (const auto id : touched_)
        if (const auto found = lanes_.find(id); found != lanes_.end())
            check_forgotten(id, found->second, scheduler, now);
    touched_.clear();
    auto next = lanes_.upper_bound(looked_at_);
    for (std::size_t n = 0; n < kLooksPerRest && !lanes_.empty(); ++n) {
        if (next == lanes_.end()) next = lanes_.begin();
        check_forgotten(next->first, next->second, scheduler, now);
        looked_at_ = next->first;
        ++next;
    }
}

void Checker::at_end(state::Reader& reader, const engine::Scheduler& scheduler) {
    for (const auto& [id, facts] : deliveries_) {
        const auto detail = reader.delivery(id);
        if (!detail) {
            expect(false, [&] { return name_of(id) + " is lost: " + to_string(detail.error()); });
            continue;
        }
        const auto& delivery = detail->row.delivery;
        expect(model::is_final(delivery.state),
               [&] { return name_of(id) + " never ended: it is " + std::string(to_string(delivery.state)); });
        expect(facts.final == delivery.state, [&] { return name_of(id) + " ended otherwise than it was told"; });
        expect(delivery.attempts == facts.attempts, [&] { return name_of(id) + " has another number of attempts"; });
    }
    const auto waiting = reader.waiting();
    expect(waiting && waiting->empty(), [&] { return std::string("something waits for ever"); });
    for (const auto& [id, lane] : lanes_)
        expect(lane.unsettled + lane.expiring + lane.withdrawals + lane.loads == 0,
               [&] { return name_of(id) + " waits for ever to hear what became of something"; });
    expect(scheduler.attempts_under_way() == 0, [&] { return std::string("an attempt never ends"); });
    expect(scheduler.waiting_in_memory() == 0, [&] { return std::string("a delivery waits in memory for ever"); });
}

std::optional<DeliveryId> Checker::pick(std::uint64_t n) const {
    if (deliveries_.empty()) return std::nullopt;
    // Recent ones mostly: something may still be going on with them.
    const auto reach = std::min<std::uint64_t>(deliveries_.size(), (n & 1) != 0 ? 8 : 200);
    return std::prev(deliveries_.end(), static_cast<std::ptrdiff_t>(1 + (n >> 1) % reach))->first;
}

}  // namespace posthorn::simulation
