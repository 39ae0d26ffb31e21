#include "outcome/retry_schedule.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"

namespace posthorn::outcome {

RetrySchedule::RetrySchedule(std::vector<Millis> waits, double jitter) : waits_(std::move(waits)), jitter_(jitter) {
    POSTHORN_ASSERT(jitter_ >= 0.0 && jitter_ <= 1.0);
    POSTHORN_ASSERT(std::ranges::all_of(waits_, [](Millis wait) { return wait >= Millis(1); }));
}

std::optional<Millis> RetrySchedule::wait_before(std::uint32_t retry, std::optional<Millis> retry_after,
                                                 std::mt19937_64& random) const {
    POSTHORN_ASSERT(retry >= 1);
    if (retry > waits_.size()) return std::nullopt;

    // Spread the retries, or all deliveries that one outage failed would come back in one burst.
    std::uniform_real_distribution<double> spread(1.0 - jitter_, 1.0 + jitter_);
    const auto wait = std::chrono::round<Millis>(waits_[retry - 1] * spread(random));

    const auto asked = std::min(retry_after.value_or(Millis(0)), kRetryAfterMax);
    return std::max({wait, asked, Millis(1)});
}

}  // namespace posthorn::outcome
