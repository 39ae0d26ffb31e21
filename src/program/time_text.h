#pragma once
// Moments as people read and write them on a command line.

#include <string>
#include <string_view>

#include "base/moment.h"
#include "base/result.h"

namespace posthorn::program {

/// "now", "12 s ago", "5 min ago", "3 h ago"; from a day on the local date "2026-11-24 20:14". What lies ahead is
/// "in 12 s".
std::string relative_time(Moment at, Moment now);
/// Local date and time with milliseconds: "2026-11-24 20:14:00.123".
std::string local_time(Moment at);
/// Local time of day: "20:14:00".
std::string local_clock(Moment at);

/// Reads what `--since` takes: a duration back from `now` ("1h", "3d"), or RFC 3339. Errors: invalid, with examples.
Result<Moment> parse_since(std::string_view text, Moment now);
/// Reads what `--at` takes: RFC 3339, or epoch seconds (with or without a fraction). Errors: invalid.
Result<Moment> parse_at(std::string_view text);

}  // namespace posthorn::program
