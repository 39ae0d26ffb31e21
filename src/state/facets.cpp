#include "state/facets.h"

#include <algorithm>
#include <limits>

namespace posthorn::state {

std::size_t FacetWriter::Hash::operator()(const Place& place) const {
    // Multiplication by an odd constant (Knuth's 64-bit multiplier) spreads the small numbers over the high bits.
    constexpr std::uint64_t kSpread = 6'364'136'223'846'793'005;
    auto mixed = place.facet.number * kSpread + static_cast<std::uint64_t>(place.facet.type);
    mixed = mixed * kSpread + place.span * 2 + static_cast<std::uint64_t>(place.facet.kind);
    return static_cast<std::size_t>((mixed * kSpread) >> 20);
}

void FacetWriter::note(Facet facet, std::uint64_t id, Moment at) {
    const auto [noted, is_new] = noted_.try_emplace(Place{facet, id >> kSpanBits}, Times{at, at});
    if (is_new) return;
    noted->second.first = std::min(noted->second.first, at);
    noted->second.last = std::max(noted->second.last, at);
}

Result<void> FacetWriter::write(Database& database) {
    POSTHORN_TRY(auto upsert,
                 database.prepare("INSERT INTO facets(kind, number, type, span, first_at, last_at) VALUES(?,?,?,?,?,?) "
                                  "ON CONFLICT DO UPDATE SET first_at = min(first_at, excluded.first_at), "
                                  "last_at = max(last_at, excluded.last_at) "
                                  "WHERE first_at > excluded.first_at OR last_at < excluded.last_at"));
    for (const auto& [place, times] : noted_) {
        upsert.bind(place.facet.kind, place.facet.number, place.facet.type, place.span, times.first, times.last);
        POSTHORN_CHECK(upsert.run());
    }
    clear();
    return {};
}

Result<std::optional<std::uint64_t>> newest_span(Database& database, std::span<const Facet> facets, std::uint64_t span,
                                                 std::optional<Moment> since, std::optional<Moment> until) {
    POSTHORN_TRY(
        auto select,
        database.prepare("SELECT span FROM facets WHERE kind = ? AND number = ? AND type = ? AND span <= ? AND "
                         "last_at >= ? AND first_at < ? ORDER BY span DESC LIMIT 1"));
    const auto earliest = since ? epoch_ms(*since) : std::numeric_limits<std::int64_t>::min();
    const auto latest = until ? epoch_ms(*until) : std::numeric_limits<std::int64_t>::max();
    // Each facet in turn lowers the bound to its own newest span, until all agree on one.
    std::size_t agreed = 0;
    for (std::size_t i = 0; agreed < facets.size(); i = (i + 1) % facets.size()) {
        select.reset();
        select.bind(facets[i].kind, facets[i].number, facets[i].type, span, earliest, latest);
        POSTHORN_TRY(const bool found, select.step());
        if (!found) return std::optional<std::uint64_t>();
        agreed = select.number(0) == span ? agreed + 1 : 1;
        span = select.number(0);
    }
    return std::optional(span);
}

Result<void> forget_spans_below(Database& database, std::uint64_t span) {
    POSTHORN_TRY(auto next,
                 database.prepare("SELECT kind, number, type FROM facets WHERE (kind, number, type) > (?,?,?) "
                                  "ORDER BY kind, number, type LIMIT 1"));
    POSTHORN_TRY(auto remove,
                 database.prepare("DELETE FROM facets WHERE kind = ? AND number = ? AND type = ? AND span < ?"));
    std::int64_t kind = -1, number = 0, type = 0;
    while (true) {
        next.reset();
        POSTHORN_TRY(const bool found, next.bind(kind, number, type).step());
        if (!found) return {};
        kind = next.integer(0);
        number = next.integer(1);
        type = next.integer(2);
        next.reset();
        POSTHORN_CHECK(remove.bind(kind, number, type, span).run());
    }
}

}  // namespace posthorn::state
