#pragma once
// Deliveries of one state, by the index that all states but delivered have.

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/result.h"
#include "model/delivery.h"
#include "state/sqlite.h"
#include "state/type_numbers.h"

namespace posthorn::state {

/// What is behind one prefix of the index: the deliveries of one installation and type in one state.
struct StatePlace {
    model::DeliveryState state = model::DeliveryState::pending;  ///< Not delivered.
    TenantId tenant;
    InstallationId installation;
    TypeNumber type = 0;
    std::uint64_t newest = 0;  ///< See places_of.
};

/// All places of a state and tenant that hold something, narrowed if asked. A place's `newest` is its highest id below
/// `below`; or one from `below` on where it has many of those, or only those: then newest_below tells.
Result<std::vector<StatePlace>> places_of(Database& database, model::DeliveryState state, TenantId tenant,
                                          std::optional<InstallationId> installation, std::optional<TypeNumber> type,
                                          std::uint64_t below);

/// The highest id below `below` in the place.
Result<std::optional<std::uint64_t>> newest_below(Database& database, const StatePlace& place, std::uint64_t below);

/// How many have ids in [from, below); counting ends at `count_max`.
Result<std::uint64_t> count_in(Database& database, const StatePlace& place, std::uint64_t from, std::uint64_t below,
                               std::uint64_t count_max);

/// The lowest id of what waits, for each installation that anything waits for; one step of the index a place.
Result<std::unordered_map<InstallationId, DeliveryId>> oldest_waiting_by_installation(Database& database);

}  // namespace posthorn::state
