#pragma once
// What is remembered of a receiver over a restart.

#include <optional>
#include <string>

#include "base/moment.h"
#include "base/result.h"
#include "model/record.h"

namespace posthorn::engine {

inline constexpr const char* kReceiverRowKind = "receiver";

struct ReceiverMemory {
    std::string receiver;  ///< Its origin.
    std::optional<Moment> failing_since;  ///< Its breaker is open.
    std::optional<Moment> paused_at;      ///< An operator paused it.
};

/// Stands among the registry's rows, which the registry leaves alone. Without anything to remember the row goes.
model::RegistryRow to_row(const ReceiverMemory& memory);
/// Errors: corrupt, unsupported; `where` names the row.
Result<ReceiverMemory> receiver_from_row(const model::RegistryRow& row);

}  // namespace posthorn::engine
