#pragma once
// The highest id that a kind of thing ever had, kept as a row.

#include <cstdint>

#include "base/result.h"
#include "model/record.h"

namespace posthorn::registry {

enum class Counter : std::uint8_t { tenant, installation };

/// A row of kind "counter"; its key is "tenant" or "installation".
model::RegistryRow counter_row(Counter counter, std::uint64_t last);

struct Counted {
    Counter counter = Counter::tenant;
    std::uint64_t last = 0;
};
/// Errors: corrupt, unsupported.
Result<Counted> counter_from_row(const model::RegistryRow& row);

}  // namespace posthorn::registry
