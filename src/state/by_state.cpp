#include "state/by_state.h"

#include <algorithm>

namespace posthorn::state {

using model::DeliveryState;

// "state <> 2" stands in each query, or SQLite does not see that the partial index has all it asks for.

Result<std::vector<StatePlace>> places_of(Database& database, DeliveryState state, TenantId tenant,
                                          std::optional<InstallationId> installation, std::optional<TypeNumber> type) {
    // One step of the index for each place, from one to the next.
    POSTHORN_TRY(auto next,
                 database.prepare("SELECT installation, type FROM deliveries INDEXED BY by_state WHERE state <> 2 "
                                  "AND state = ? AND tenant = ? AND (installation, type) > (?,?) "
                                  "ORDER BY installation, type LIMIT 1"));
    std::vector<StatePlace> places;
    StatePlace place{state, tenant, installation.value_or(InstallationId{}), 0};
    while (true) {
        next.reset();
        POSTHORN_TRY(const bool found, next.bind(state, tenant, place.installation, place.type).step());
        if (!found) return places;
        place.installation = InstallationId{next.number(0)};
        place.type = next.integer(1);
        if (installation && place.installation != *installation) return places;
        if (!type || place.type == *type) places.push_back(place);
    }
}

Result<std::optional<std::uint64_t>> newest_below(Database& database, const StatePlace& place, std::uint64_t below) {
    POSTHORN_TRY(auto select,
                 database.prepare("SELECT id FROM deliveries INDEXED BY by_state WHERE state <> 2 AND state = ? "
                                  "AND tenant = ? AND installation = ? AND type = ? AND id < ? "
                                  "ORDER BY id DESC LIMIT 1"));
    POSTHORN_TRY(const bool found,
                 select.bind(place.state, place.tenant, place.installation, place.type, below).step());
    return found ? std::optional(select.number(0)) : std::nullopt;
}

Result<std::uint64_t> count_in(Database& database, const StatePlace& place, std::uint64_t from, std::uint64_t below,
                               std::uint64_t count_max) {
    POSTHORN_TRY(auto select,
                 database.prepare("SELECT count(*) FROM (SELECT 1 FROM deliveries INDEXED BY by_state WHERE "
                                  "state <> 2 AND state = ? AND tenant = ? AND installation = ? AND "
                                  "type = ? AND id >= ? AND id < ? LIMIT ?)"));
    select.bind(place.state, place.tenant, place.installation, place.type, from, below, count_max);
    POSTHORN_TRY(const bool found, select.step());
    return found ? select.number(0) : std::uint64_t{0};
}

Result<std::unordered_map<InstallationId, DeliveryId>> oldest_waiting_by_installation(Database& database) {
    std::unordered_map<InstallationId, DeliveryId> oldest;
    for (const auto state : {DeliveryState::pending, DeliveryState::retrying}) {
        POSTHORN_TRY(auto next,
                     database.prepare("SELECT tenant, installation, type, id FROM deliveries INDEXED BY by_state "
                                      "WHERE state <> 2 AND state = ? AND (tenant, installation, type) > "
                                      "(?,?,?) ORDER BY tenant, installation, type, id LIMIT 1"));
        StatePlace place;
        while (true) {
            next.reset();
            POSTHORN_TRY(const bool found, next.bind(state, place.tenant, place.installation, place.type).step());
            if (!found) break;
            place = {state, TenantId{next.number(0)}, InstallationId{next.number(1)}, next.integer(2)};
            const DeliveryId id{next.number(3)};
            const auto [known, is_new] = oldest.emplace(place.installation, id);
            if (!is_new) known->second = std::min(known->second, id);
        }
    }
    return oldest;
}

}  // namespace posthorn::state
