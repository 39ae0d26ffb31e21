#include "engine/receiver_status.h"

#include <array>

namespace posthorn::engine {

std::string_view to_string(ReceiverState state) {
    static constexpr std::array<std::string_view, 4> kNames = {"closed", "open", "half_open", "paused"};
    return kNames[static_cast<std::size_t>(state)];
}

std::string_view to_string(ReceiverChange change) {
    static constexpr std::array<std::string_view, 4> kNames = {"opened", "closed", "paused", "resumed"};
    return kNames[static_cast<std::size_t>(change)];
}

}  // namespace posthorn::engine
