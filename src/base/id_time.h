#pragma once
// The time that ids of events and deliveries have in them.

#include <cstdint>

#include "base/id.h"

namespace posthorn {

/// The first id of a millisecond, and the millisecond of an id; epoch milliseconds. An id is never older than its
/// clock said, but may be younger after the clock was set back.
std::uint64_t first_id_at(std::int64_t at_ms);
std::int64_t epoch_ms_of(std::uint64_t id);

}  // namespace posthorn
