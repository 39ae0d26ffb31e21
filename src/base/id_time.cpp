#include "base/id_time.h"

#include <algorithm>

namespace posthorn {

namespace {

// The layout is IdSource's: milliseconds since 2025 above 10 + 12 bits.
constexpr std::int64_t kEpochMs = 1'735'689'600'000;
constexpr int kBitsBelow = 22;

}  // namespace

std::uint64_t first_id_at(std::int64_t at_ms) {
    // What fits the 41 bits: from 2025 to 2094.
    const auto since_epoch =
        std::clamp<std::int64_t>(at_ms, kEpochMs, kEpochMs + (std::int64_t{1} << 41) - 1) - kEpochMs;
    return static_cast<std::uint64_t>(since_epoch) << kBitsBelow;
}

std::int64_t epoch_ms_of(std::uint64_t id) { return kEpochMs + static_cast<std::int64_t>(id >> kBitsBelow); }

}  // namespace posthorn
