#pragma once
// How a receiver is doing, as API, metrics and command line show it.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.h"
#include "base/moment.h"

namespace posthorn::engine {

/// `open`: it failed too much, so nothing is sent to it; `half_open`: a single probe is under way;
/// `paused`: an operator stopped the calls to it.
enum class ReceiverState : std::uint8_t { closed, open, half_open, paused };
/// "closed", "open", "half_open", "paused".
std::string_view to_string(ReceiverState state);

/// What the live stream and the log tell of a receiver. A probe that fails is no news.
enum class ReceiverChange : std::uint8_t { opened, closed, paused, resumed };
/// "opened", "closed", "paused", "resumed".
std::string_view to_string(ReceiverChange change);

/// A value; as of the moment it was asked for.
struct ReceiverStatus {
    std::string name;  ///< Its origin with the port: "https://host:443".
    ReceiverState state = ReceiverState::closed;
    std::string reason;                ///< Why it is not closed, as a sentence; empty when it is.
    std::optional<Moment> since;  ///< When it opened (was paused, or closed again); none: never since the start.
    std::optional<Moment> next_probe;  ///< With `open`: when it is tried next.
    std::uint32_t parallel_limit = 0;  ///< Calls at once that it gets at present.
    std::size_t under_way = 0;
    std::size_t waiting_in_memory = 0;  ///< What waits in the state comes on top.
    double failure_share = 0;  ///< Of the last minute's attempts, 0 to 1.
    std::vector<InstallationId> installations;
};

}  // namespace posthorn::engine
