// Whether a new event finds room in memory, or had better wait a moment for it.

#include <algorithm>

#include "engine/scheduler_parts.h"

namespace posthorn::engine {

namespace {

// With more windows than that in the state a new event would wait for long.
constexpr std::size_t kLoadsWorthWaiting = 64;

}  // namespace

std::optional<InstallationId> Scheduler::crowded(const std::vector<model::Target>& targets, Moment now) const {
    if (is_draining_) return std::nullopt;
    const bool are_all_busy = under_way_ + announced_ >= limits_.attempts_max && flow_->is_quick(now);
    for (auto at = targets.begin(); at != targets.end();) {
        const auto installation = at->installation;
        const auto next = std::find_if(
            at, targets.end(), [&](const model::Target& target) { return target.installation != installation; });
        const Lane* lane = find(installation);
        if (lane != nullptr && !lane->is_gone && !is_shut(*lane)) {
            if (is_crowded(*lane, static_cast<std::size_t>(next - at), now)) return installation;
            if (are_all_busy && waits_for_others(*lane)) return kAllLanes;
        }
        at = next;
    }
    return std::nullopt;
}

bool Scheduler::is_crowded(const Lane& lane, std::size_t deliveries, Moment now) const {
    if (!lane.flow.is_quick(now)) return false;
    const auto before = lane.in_memory() + lane.announced;
    const bool is_full = before > 0 && before + deliveries > limits_.window;
    const bool is_behind = lane.has_backlog && lane.loads_in_row < kLoadsWorthWaiting;
    return is_full || is_behind;
}

bool Scheduler::waits_for_others(const Lane& lane) const {
    return lane.announced > 0 || (lane.is_listed() && lane.receiver->has_place());
}

void Scheduler::announce(const std::vector<model::Target>& targets) {
    announced_ += targets.size();
    for (const auto& target : targets) {
        if (Lane* lane = find(target.installation)) ++lane->announced;
    }
}

void Scheduler::withdraw(const std::vector<model::Target>& targets) {
    announced_ -= std::min(announced_, targets.size());
    for (const auto& target : targets) {
        // The lane may be a later one.
        Lane* lane = find(target.installation);
        if (lane != nullptr && lane->announced > 0) --lane->announced;
    }
}

}  // namespace posthorn::engine
