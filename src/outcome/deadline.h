#pragma once
// How long a delivery may go on: its age without the time in which its add-on was paused.

#include <span>

#include "base/moment.h"
#include "model/pause.h"

namespace posthorn::outcome {

/// Where nobody says otherwise.
inline constexpr Millis kDeadline = std::chrono::hours(72);

/// How old something is at `now` that was made at `made_at`; `pauses` are in order and don't overlap.
Millis age(Moment made_at, Moment now, std::span<const model::Pause> pauses);

/// When something made at `made_at` is as old as `lifetime`, unless another pause follows.
Moment deadline_of(Moment made_at, Millis lifetime, std::span<const model::Pause> pauses);

/// What was made up to this moment is as old as `lifetime`, or older, at `now`; what was made later is not.
Moment overdue_up_to(Moment now, Millis lifetime, std::span<const model::Pause> pauses);

}  // namespace posthorn::outcome
