#pragma once
// Sizes ("500MB", "50GB", "8GiB") as configuration writes them.

#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace posthorn::wire {

/// A whole number and a unit: B, kB, MB, GB, TB (powers of 1000), KiB, MiB, GiB, TiB (of 1024), in any case. Errors:
/// invalid; also above 2^62.
Result<std::uint64_t> parse_byte_count(std::string_view text);

}  // namespace posthorn::wire
