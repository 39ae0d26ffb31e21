#pragma once
// Wall-clock moments, as everything that is stored or shown has them.

#include <chrono>
#include <cstdint>
#include <string>

#include "base/result.h"

namespace posthorn {

using Millis = std::chrono::milliseconds;

/// A moment of the wall clock, UTC, in milliseconds since 1970.
using Moment = std::chrono::sys_time<Millis>;

inline Moment from_epoch_ms(std::int64_t ms) { return Moment(Millis(ms)); }
inline std::int64_t epoch_ms(Moment at) { return at.time_since_epoch().count(); }

/// The wall clock now. Never goes back within a process: a step back of the system's clock shows as
/// time that stands still until the clock has caught up. Any thread.
Moment wall_now();

/// RFC 3339 UTC with milliseconds: 2026-11-24T20:14:00.123Z.
std::string to_rfc3339(Moment at);

/// Reads RFC 3339, any offset, fraction optional. Errors: invalid.
Result<Moment> parse_rfc3339(const std::string& text);

}  // namespace posthorn
