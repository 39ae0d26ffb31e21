#pragma once
// attempt -> verdict: delivered, retry at T, dead, pause. The one place that turns an answer into what follows.

#include <cstdint>
#include <optional>
#include <random>

#include "base/moment.h"
#include "model/delivery.h"
#include "outcome/retry_schedule.h"

namespace posthorn::outcome {

/// Delivered: 2xx.
inline bool is_success(std::uint16_t status) { return status >= 200 && status <= 299; }

/// What a verdict depends on beside the attempt.
struct Circumstances {
    const RetrySchedule& schedule;
    Moment deadline;                    ///< Of the delivery.
    Moment now;                         ///< When the attempt ended.
    std::optional<Millis> retry_after;  ///< What the answer asked for.
};

/// The rules of connect.md section 5, "Result": 2xx delivered; 408, 409, 425, 429, 5xx and no answer are
/// retried by schedule and Retry-After, then dead (`exhausted`, or `deadline` if the next try would come too
/// late); 410 dead and the webhook paused (`gone`); any other status dead at once (`status`). An address that
/// the rules forbid is retried too: names change their addresses.
model::Verdict judge(const model::Attempt& attempt, const Circumstances& circumstances, std::mt19937_64& random);

}  // namespace posthorn::outcome
