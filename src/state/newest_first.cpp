#include "state/newest_first.h"

#include <algorithm>
#include <memory>

#include "base/id_time.h"

namespace posthorn::state {

Result<IdRange> ids_between(Database& database, std::optional<Moment> since, std::optional<Moment> until) {
    IdRange range;
    if (!since && !until) return range;
    POSTHORN_TRY(auto select, database.prepare("SELECT value FROM meta WHERE key = 'skew'"));
    POSTHORN_TRY(const bool found, select.step());
    const auto skew = found ? select.integer(0) : 0;
    if (since) range.from = first_id_at(epoch_ms(*since) - skew);
    if (until) range.below = first_id_at(epoch_ms(*until) + skew);
    return range;
}

Result<void> MergedIds::add(Source source) {
    sources_.push_back(std::move(source));
    return ask(sources_.size() - 1, range_.below);
}

Result<void> MergedIds::add(Source source, std::uint64_t newest) {
    if (newest < range_.from) return {};
    if (newest >= range_.below) return add(std::move(source));
    sources_.push_back(std::move(source));
    heads_.emplace(newest, sources_.size() - 1);
    return {};
}

Result<void> MergedIds::ask(std::size_t source, std::uint64_t below) {
    POSTHORN_TRY(const auto id, sources_[source](below));
    if (id && *id >= range_.from) heads_.emplace(*id, source);
    return {};
}

Result<std::optional<std::uint64_t>> MergedIds::next() {
    if (heads_.empty()) return std::optional<std::uint64_t>();
    const auto id = heads_.top().first;
    while (!heads_.empty() && heads_.top().first == id) {
        const auto source = heads_.top().second;
        heads_.pop();
        POSTHORN_CHECK(ask(source, id));
    }
    return std::optional(id);
}

Result<void> add_streams(Database& database, Stream::Kind kind, std::uint64_t number, std::optional<TypeNumber> type,
                         MergedIds& ids) {
    std::vector<TypeNumber> types;
    if (type) {
        types.push_back(*type);
    } else {
        POSTHORN_TRY(types, types_of(database, kind, number));
    }
    for (const auto each : types) {
        auto cursor = std::make_shared<PostingCursor>(Stream{kind, number, each});
        POSTHORN_CHECK(
            ids.add([&database, cursor](std::uint64_t below) { return cursor->next_below(database, below); }));
    }
    return {};
}

Result<MergedIds> NewestFirst::open() {
    POSTHORN_TRY(auto range, ids_between(database_, filter_.since, filter_.until));
    range.below = std::min(range.below, below_);
    MergedIds ids(range);
    if (is_by_state()) {
        POSTHORN_TRY(const auto places,
                     places_of(database_, *filter_.state, filter_.tenant, filter_.installation, type_, range.below));
        for (const auto& place : places) {
            auto below = [this, place](std::uint64_t id) { return newest_below(database_, place, id); };
            POSTHORN_CHECK(ids.add(std::move(below), place.newest));
        }
        return ids;
    }
    if (filter_.installation)
        POSTHORN_CHECK(add_streams(database_, Stream::Kind::installation, filter_.installation->value, type_, ids));
    else POSTHORN_CHECK(add_streams(database_, Stream::Kind::tenant, filter_.tenant.value, type_, ids));
    return ids;
}

Result<std::optional<std::uint64_t>> NewestFirst::walk(const Visit& visit) {
    POSTHORN_TRY(auto ids, open());
    auto done_from = below_;
    for (std::size_t examined = 0;; ++examined) {
        POSTHORN_TRY(const auto id, ids.next());
        if (!id) return std::optional<std::uint64_t>();
        // The deliveries of an event have higher ids than it, but lower ones than what was examined before it.
        if (examined >= examined_max_ && examined > 0) return std::optional(done_from);
        done_from = *id;
        POSTHORN_TRY(auto rows, rows_at(*id));
        for (auto& row : rows) {
            const auto left = row.delivery.id.value + 1;
            if (visit(std::move(row)) == Answer::stop) return std::optional(left);
        }
    }
}

Result<std::vector<DeliveryRow>> NewestFirst::rows_at(std::uint64_t id) {
    std::vector<DeliveryRow> rows;
    auto last = id;
    if (!is_by_state()) {
        POSTHORN_TRY(auto select,
                     database_.prepare("SELECT " POSTHORN_EVENT_COLUMNS ", folded FROM events WHERE id = ?"));
        POSTHORN_TRY(const bool is_event, select.bind(id).step());
        if (is_event) {
            const auto event = read_event(select);
            if (!matches(event.tenant, event.type, event.accepted_at)) return rows;
            last = last_id_of(event.id, event.deliveries);
            POSTHORN_TRY(const auto folded, parse_folded(select.bytes(5)));
            for (const auto& one : folded) {
                if (filter_.installation && *filter_.installation != one.installation) continue;
                if (delivery_of(event.id, one.place).value >= below_) continue;
                POSTHORN_TRY(auto row, row_of(one, event, types_));
                rows.push_back(std::move(row));
            }
        }
    }
    POSTHORN_TRY(auto select, database_.prepare("SELECT " POSTHORN_DELIVERY_COLUMNS
                                                "FROM deliveries NOT INDEXED WHERE id >= ? AND id <= ?"));
    select.bind(id, std::min(last, below_ - 1));
    while (true) {
        POSTHORN_TRY(const bool more, select.step());
        if (!more) break;
        POSTHORN_CHECK(take_row(select, rows));
    }
    std::ranges::sort(rows, std::greater(), [](const DeliveryRow& row) { return row.delivery.id; });
    return rows;
}

Result<void> NewestFirst::take_row(const Statement& row, std::vector<DeliveryRow>& rows) {
    if (!matches(TenantId{row.number(2)}, row.integer(3), row.moment(10))) return {};
    if (filter_.installation && *filter_.installation != InstallationId{row.number(4)}) return {};
    if (filter_.state && *filter_.state != static_cast<model::DeliveryState>(row.integer(6))) return {};
    POSTHORN_TRY(auto read, read_delivery(row, types_));
    rows.push_back(std::move(read));
    return {};
}

bool NewestFirst::matches(TenantId tenant, TypeNumber type, Moment made_at) const {
    return tenant == filter_.tenant && (!type_ || *type_ == type) && (!filter_.since || made_at >= *filter_.since) &&
           (!filter_.until || made_at < *filter_.until);
}

}  // namespace posthorn::state
