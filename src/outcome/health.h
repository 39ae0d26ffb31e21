#pragma once
// What an attempt tells about its receiver, whatever becomes of the delivery.

#include <cstdint>
#include <optional>

#include "base/moment.h"
#include "model/delivery.h"

namespace posthorn::outcome {

enum class Health : std::uint8_t {
    unknown,     ///< Nothing went out.
    well,        ///< It answered, if only to refuse: 2xx, 3xx, 4xx.
    busy,        ///< 429, and it said when to come back: it wants fewer calls, and is well.
    failing,     ///< 5xx.
    overloaded,  ///< Failing, and fewer calls may help: no answer in time, no connection, 503, 429 without a time.
};

inline bool is_failure(Health health) { return health >= Health::failing; }
inline bool asks_for_less(Health health) { return health == Health::busy || health == Health::overloaded; }

Health health_of(const model::Attempt& attempt, std::optional<Millis> retry_after);

}  // namespace posthorn::outcome
