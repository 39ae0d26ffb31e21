#include "state/newest_first.h"

#include <utility>

namespace posthorn::state {

namespace {

constexpr std::size_t kRowCost = 1;
constexpr std::size_t kEventCost = 4;
constexpr std::size_t kSpanCost = 4;

}  // namespace

Result<std::optional<std::uint64_t>> NewestFirst::walk(const Visit& visit) {
    const auto left = [&] { return below_ > 1 ? std::optional(below_) : std::nullopt; };

    // Only what was delivered can be folded. Other states are in the rows alone, which are short enough to be read
    // straight on, and dead ones have their index.
    if (filter_.state && *filter_.state != model::DeliveryState::delivered) {
        POSTHORN_TRY(const bool all, walk_span(0, visit));
        return all ? std::nullopt : left();
    }

    std::vector<Facet> facets = {facet_of(filter_.tenant, type_.value_or(0))};
    if (filter_.installation) facets.push_back(facet_of(*filter_.installation));
    while (below_ > 1) {
        if (!has_budget()) return left();
        POSTHORN_TRY(const auto span,
                     newest_span(database_, facets, (below_ - 1) >> kSpanBits, filter_.since, filter_.until));
        if (!span) break;
        scanned_ += kSpanCost;
        const auto from = *span << kSpanBits;
        below_ = std::min(below_, (*span + 1) << kSpanBits);
        POSTHORN_TRY(const bool all, walk_span(from, visit));
        if (!all) return left();
        below_ = from;
    }
    return std::optional<std::uint64_t>();
}

Result<bool> NewestFirst::walk_span(std::uint64_t from, const Visit& visit) {
    const auto below = below_;
    const bool with_folded = !filter_.state || *filter_.state == model::DeliveryState::delivered;
    std::vector<Source> sources;
    POSTHORN_TRY(auto rows, open_rows(from));
    sources.push_back(std::move(rows));
    if (with_folded) {
        POSTHORN_TRY(auto folded, open_folded(from));
        sources.push_back(std::move(folded));
    }
    while (true) {
        Source* newest = nullptr;
        std::uint64_t unread_below = from;  // What no source has read yet lies below.
        for (auto& source : sources) {
            POSTHORN_CHECK(fill(source, from, below));
            if (source.heads.empty()) {
                if (!source.is_at_end) unread_below = std::max(unread_below, source.below);
            } else if (!newest || source.heads.back().delivery.id > newest->heads.back().delivery.id) {
                newest = &source;
            }
        }
        if (!newest && unread_below == from) return true;
        // Without budget a source stays unread; the other one's deliveries count only as far as it was read.
        if (!newest || newest->heads.back().delivery.id.value < unread_below) {
            below_ = unread_below;
            return false;
        }
        auto row = std::move(newest->heads.back());
        newest->heads.pop_back();
        below_ = row.delivery.id.value;
        if (visit(std::move(row)) == Answer::stop) return false;
    }
}

Result<NewestFirst::Source> NewestFirst::open_rows(std::uint64_t from) {
    const bool dead = filter_.state == model::DeliveryState::dead;
    POSTHORN_TRY(auto statement,
                 database_.prepare(
                     dead ? "SELECT " POSTHORN_DELIVERY_COLUMNS
                            "FROM deliveries INDEXED BY dead WHERE state = 3 AND id >= ? AND id < ? ORDER BY id DESC"
                          : "SELECT " POSTHORN_DELIVERY_COLUMNS
                            "FROM deliveries NOT INDEXED WHERE id >= ? AND id < ? ORDER BY id DESC"));
    statement.bind(from, below_);
    return Source{std::move(statement), kRowCost, {}, below_, false, false};
}

Result<NewestFirst::Source> NewestFirst::open_folded(std::uint64_t from) {
    // The last event before the span may reach into it with thousands of deliveries.
    POSTHORN_TRY(auto before, database_.prepare("SELECT max(id) FROM events WHERE id < ?"));
    POSTHORN_TRY(const bool found, before.bind(from).step());
    const auto first = found && !before.is_null(0) ? before.number(0) : from;
    POSTHORN_TRY(auto statement, database_.prepare("SELECT " POSTHORN_EVENT_COLUMNS
                                                   ", folded FROM events WHERE id >= ? AND id < ? ORDER BY id DESC"));
    statement.bind(first, below_);
    return Source{std::move(statement), kEventCost, {}, below_, false, false};
}

Result<void> NewestFirst::fill(Source& source, std::uint64_t from, std::uint64_t below) {
    while (source.heads.empty() && !source.is_at_end && (has_budget() || !source.has_read)) {
        POSTHORN_TRY(const bool row, source.statement.step());
        source.has_read = true;
        source.is_at_end = !row;
        if (!row) break;
        scanned_ += source.cost;
        source.below = source.statement.number(0);
        if (source.cost == kRowCost) POSTHORN_CHECK(take_row(source));
        else POSTHORN_CHECK(take_event(source, from, below));
    }
    return {};
}

Result<void> NewestFirst::take_row(Source& rows) {
    const auto& row = rows.statement;
    if (!matches(TenantId{row.number(2)}, row.integer(3), row.moment(10))) return {};
    if (filter_.installation && *filter_.installation != InstallationId{row.number(4)}) return {};
    if (filter_.state && *filter_.state != static_cast<model::DeliveryState>(row.integer(6))) return {};
    POSTHORN_TRY(auto read, read_delivery(row, types_));
    rows.heads.push_back(std::move(read));
    return {};
}

Result<void> NewestFirst::take_event(Source& folded, std::uint64_t from, std::uint64_t below) {
    const auto event = read_event(folded.statement);
    if (!matches(event.tenant, event.type, event.accepted_at)) return {};
    POSTHORN_TRY(const auto all, parse_folded(folded.statement.bytes(5)));
    for (const auto& one : all) {
        const auto id = delivery_of(event.id, one.place).value;
        if (id < from || id >= below) continue;
        if (filter_.installation && *filter_.installation != one.installation) continue;
        POSTHORN_TRY(auto row, row_of(one, event, types_));
        folded.heads.push_back(std::move(row));
    }
    return {};
}

bool NewestFirst::matches(TenantId tenant, TypeNumber type, Moment made_at) const {
    return tenant == filter_.tenant && (!type_ || *type_ == type) && (!filter_.since || made_at >= *filter_.since) &&
           (!filter_.until || made_at < *filter_.until);
}

}  // namespace posthorn::state
