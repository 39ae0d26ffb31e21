#pragma once
// When a failed delivery is tried again.

#include <chrono>
#include <cstdint>
#include <optional>
#include <random>
#include <vector>

#include "base/moment.h"

namespace posthorn::outcome {

/// The most that a receiver's Retry-After can postpone an attempt.
inline constexpr Millis kRetryAfterMax = std::chrono::hours(24);

/// The waits between the attempts of one delivery, and the random spread put on each.
/// A value; safe to share between threads.
class RetrySchedule {
public:
    /// `waits[n]` is the wait before retry n + 1, each at least 1 ms; `jitter` is the spread as a
    /// fraction of the wait, 0 to 1. An empty list means that nothing is retried.
    RetrySchedule(std::vector<Millis> waits, double jitter);

    /// How long to wait before retry `retry` (1, 2, ...): the wait of the schedule moved by up to
    /// ±jitter, or `retry_after`, at most kRetryAfterMax, if that is longer. Empty when the schedule is
    /// used up. `random` supplies the jitter, so the same seed gives the same waits.
    /// Source: Retry-After, RFC 9110 section 10.2.3.
    std::optional<Millis> wait_before(std::uint32_t retry, std::optional<Millis> retry_after,
                                      std::mt19937_64& random) const;

    std::size_t retries() const { return waits_.size(); }

private:
    std::vector<Millis> waits_;
    double jitter_;
};

}  // namespace posthorn::outcome
