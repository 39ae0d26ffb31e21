#include "outcome/deadline.h"

#include <algorithm>
#include <ranges>

namespace posthorn::outcome {

Millis age(Moment made_at, Moment now, std::span<const model::Pause> pauses) {
    auto counted = std::max(now - made_at, Millis(0));
    for (const auto& pause : pauses) {
        const auto from = std::max(pause.from, made_at);
        const auto until = std::min(pause.until, now);
        if (from < until) counted -= until - from;
    }
    return counted;
}

Moment deadline_of(Moment made_at, Millis lifetime, std::span<const model::Pause> pauses) {
    auto at = made_at + lifetime;
    for (const auto& pause : pauses) {
        if (pause.until <= made_at) continue;
        if (pause.from >= at) break;
        at += pause.until - std::max(pause.from, made_at);
    }
    return at;
}

Moment overdue_up_to(Moment now, Millis lifetime, std::span<const model::Pause> pauses) {
    auto at = now - lifetime;
    for (const auto& pause : std::views::reverse(pauses)) {
        if (pause.from >= now) continue;
        if (pause.until <= at) break;
        at -= std::min(pause.until, now) - pause.from;
    }
    return at;
}

}  // namespace posthorn::outcome
