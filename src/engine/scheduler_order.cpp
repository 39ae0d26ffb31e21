// Deliveries that wait for each other: one line for each order key of a lane.

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "engine/scheduler_parts.h"

namespace posthorn::engine {

bool Scheduler::may_follow(const Lane& lane, model::OrderKey order) const {
    // Where anything waits in the state, an earlier one of the key may be among it.
    if (!is_recovered_ || !lane.has_all()) return false;
    const auto line = lane.lines.find(order);
    if (line == lane.lines.end()) return true;
    return !line->second.is_stopped && !line->second.has_more && line->second.waiting.size() < state::kFollowersMax;
}

bool Scheduler::leave_to_line(Lane& lane, model::OrderKey order) {
    const auto line = lane.lines.find(order);
    if (line == lane.lines.end() || may_follow(lane, order)) return false;
    line->second.has_more = true;
    return true;
}

void Scheduler::enqueue_ordered(Lane& lane, state::Due due) {
    const auto [entry, is_new] = lane.lines.try_emplace(due.delivery.order);
    auto& line = entry->second;
    line.has_more = due.has_followers;
    if (!is_new) {
        ++lane.followers;
        line.waiting.push_back(std::move(due));
        return;
    }
    line.head = due.delivery.id;
    lane.heads.emplace(line.head, due.delivery.order);
    lane.ready.push_back(std::move(due));
    list(lane);
}

bool Scheduler::may_join(Lane& lane, model::OrderKey order, bool is_scarce) {
    const auto found = lane.lines.find(order);
    if (found == lane.lines.end()) return true;
    auto& line = found->second;
    if (line.is_stopped) return false;
    // Room is for those that can start; these could not.
    if (is_scarce) line.has_more = true;
    // Nor may one of them come in before another that stays behind.
    return !line.has_more;
}

void Scheduler::end_ordered(Lane& lane, const Ended& ended) {
    const auto head = lane.heads.find(ended.delivery);
    if (head == lane.heads.end() || ended.verdict.state != model::DeliveryState::retrying) return;
    auto& line = lane.lines.at(head->second);
    line.is_stopped = true;
    for (const auto& due : std::exchange(line.waiting, {})) {
        payload_bytes_ -= payload_bytes(due);
        --ready_;
        --lane.followers;
        forget(lane, due.delivery.id);
    }
}

void Scheduler::advance(Lane& lane, DeliveryId delivery) {
    const auto head = lane.heads.find(delivery);
    if (head == lane.heads.end()) return;
    const auto order = head->second;
    auto& line = lane.lines.at(order);
    // A Load under way may show those behind it, but as the head was before: the line stays until that is answered.
    if (line.is_stopped && lane.is_loading) return;
    lane.heads.erase(head);
    if (line.is_stopped || line.waiting.empty()) {
        // Behind one that is to be tried again all wait in the state until then, and are loaded with it.
        const bool may_go_on = line.is_stopped ? line.is_head_cancelled : line.has_more;
        lane.lines.erase(order);
        if (may_go_on && !lane.is_gone) wait_in_state(lane, now_);
        return;
    }
    state::Due next = std::move(line.waiting.front());
    line.waiting.pop_front();
    --lane.followers;
    line.head = next.delivery.id;
    line.is_head_cancelled = false;
    lane.heads.emplace(line.head, order);
    lane.ready.push_back(std::move(next));
    list(lane);
}

void Scheduler::cancel_head(Lane& lane, DeliveryId delivery) {
    const auto head = lane.heads.find(delivery);
    if (head != lane.heads.end()) lane.lines.at(head->second).is_head_cancelled = true;
}

void Scheduler::cancel_all_heads(Lane& lane) {
    for (auto& [order, line] : lane.lines) line.is_head_cancelled = true;
}

void Scheduler::drop_followers(Lane& lane) {
    for (auto& [order, line] : lane.lines) {
        for (const auto& due : line.waiting) {
            payload_bytes_ -= payload_bytes(due);
            --ready_;
            forget(lane, due.delivery.id);
        }
        if (!line.waiting.empty()) line.has_more = true;
        line.waiting.clear();
    }
    lane.followers = 0;
    // Those whose head is ready, which goes too; one under way keeps its line.
    for (const auto& due : lane.ready) {
        const auto head = lane.heads.find(due.delivery.id);
        if (head == lane.heads.end()) continue;
        lane.lines.erase(head->second);
        lane.heads.erase(head);
    }
}

bool Scheduler::drop_follower(Lane& lane, DeliveryId delivery) {
    if (lane.followers == 0) return false;
    for (auto& [order, line] : lane.lines) {
        const auto found =
            std::ranges::find_if(line.waiting, [&](const state::Due& due) { return due.delivery.id == delivery; });
        if (found == line.waiting.end()) continue;
        payload_bytes_ -= payload_bytes(*found);
        --ready_;
        --lane.followers;
        line.waiting.erase(found);
        if (lane.is_loading) lane.settled_while_loading.push_back(delivery);
        else forget(lane, delivery);
        return true;
    }
    return false;
}

}  // namespace posthorn::engine
