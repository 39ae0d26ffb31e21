#include "state/by_state.h"

#include <algorithm>
#include <limits>

namespace posthorn::state {

using model::DeliveryState;

namespace {

// Behind so many entries of one place the next one is sought: fewer are quicker to step over.
constexpr std::size_t kRepeatsMax = 8;

}  // namespace

// "state <> 2" stands in each query, or SQLite does not see that the partial index has all it asks for.

Result<std::vector<StatePlace>> places_of(Database& database, DeliveryState state, TenantId tenant,
                                          std::optional<InstallationId> installation, std::optional<TypeNumber> type,
                                          std::uint64_t below) {
    // Backwards, so that what comes first of a place is its highest id.
    POSTHORN_TRY(auto next,
                 database.prepare("SELECT installation, type, id FROM deliveries INDEXED BY by_state WHERE state <> 2 "
                                  "AND state = ? AND tenant = ? AND (installation, type) < (?,?) "
                                  "ORDER BY installation DESC, type DESC, id DESC"));
    constexpr auto behind_all = std::numeric_limits<std::int64_t>::max();
    std::vector<StatePlace> places;
    StatePlace place{state, tenant, installation.value_or(InstallationId{behind_all}), behind_all};
    while (true) {
        next.reset();
        next.bind(state, tenant, place.installation, place.type);
        for (std::size_t repeats = 0; repeats < kRepeatsMax;) {
            POSTHORN_TRY(const bool found, next.step());
            if (!found) return places;
            const StatePlace at{state, tenant, InstallationId{next.number(0)}, next.integer(1), next.number(2)};
            if (installation && at.installation != *installation) return places;
            const bool is_new = at.installation != place.installation || at.type != place.type;
            repeats = is_new ? 0 : repeats + 1;
            place = at;
            if (type && at.type != *type) continue;
            if (is_new) places.push_back(at);
            else if (places.back().newest >= below) places.back().newest = at.newest;
        }
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
