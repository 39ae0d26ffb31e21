#pragma once
// How long a receiver asks us to wait (RFC 9110 section 10.2.3).

#include <chrono>
#include <optional>
#include <string_view>

namespace posthorn::wire {

/// The most that a receiver's Retry-After can postpone an attempt.
inline constexpr std::chrono::seconds kRetryAfterMax = std::chrono::hours(24);

/// The wait that a Retry-After value (seconds, or an HTTP date) asks for, 0 to kRetryAfterMax; nothing if
/// it is neither.
std::optional<std::chrono::seconds> parse_retry_after(std::string_view value, std::chrono::sys_seconds now);

}  // namespace posthorn::wire
