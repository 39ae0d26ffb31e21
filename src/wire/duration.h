#pragma once
// Durations ("500ms", "30s", "2m", "3h", "3d") and rates ("100/s") as configuration and API write them.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/moment.h"
#include "base/result.h"

namespace posthorn::wire {

/// A whole number and a unit: ms, s, m, h or d. At most 36500 days. Errors: invalid.
Result<Millis> parse_duration(std::string_view text);
/// In the largest unit that needs no fraction: 90 s are "90s", 120 s "2m". `duration` is not negative.
std::string format_duration(Millis duration);

/// So many in a second, minute or hour.
struct Rate {
    std::uint32_t count = 1;  ///< 1 to 1000000.
    Millis per{1000};         ///< 1 s, 1 min or 1 h.
    bool operator==(const Rate&) const = default;
};
/// "100/s", "10/m", "5/h". Errors: invalid.
Result<Rate> parse_rate(std::string_view text);
std::string format_rate(Rate rate);

}  // namespace posthorn::wire
