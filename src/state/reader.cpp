#include "state/reader.h"

#include <algorithm>
#include <limits>
#include <ranges>
#include <utility>

#include "state/by_state.h"
#include "state/newest_first.h"
#include "state/row_columns.h"

namespace posthorn::state {

namespace {

// An answer of due() ends early when its payloads weigh this much, but not before it has more deliveries than are
// likely under way already, or a load could bring nothing new.
constexpr std::size_t kDuePayloadBytes = 32 << 20;
constexpr std::size_t kDueDeliveriesMin = 64;

Error no_such(const std::string& id) { return fail(Errc::not_found, "There is no " + id + " (or it was pruned)"); }

}  // namespace

Result<std::unique_ptr<SqliteReader>> SqliteReader::open(const std::string& file) {
    POSTHORN_TRY(auto database, Database::open(file, Access::read));
    POSTHORN_CHECK(database.execute("PRAGMA mmap_size=0; PRAGMA cache_size=-4096"));
    return std::unique_ptr<SqliteReader>(new SqliteReader(std::move(database)));
}

Result<std::vector<model::RegistryRow>> SqliteReader::registry() {
    POSTHORN_TRY(auto select, database_.prepare("SELECT kind, key, value FROM registry ORDER BY kind, key"));
    std::vector<model::RegistryRow> rows;
    while (true) {
        POSTHORN_TRY(const bool row, select.step());
        if (!row) return rows;
        rows.push_back({std::string(select.bytes(0)), std::string(select.bytes(1)), std::string(select.bytes(2))});
    }
}

Result<std::vector<Waiting>> SqliteReader::waiting() {
    POSTHORN_TRY(auto transaction, Transaction::begin(database_, Transaction::Kind::read));
    POSTHORN_TRY(auto oldest, oldest_waiting_by_installation(database_));
    POSTHORN_TRY(
        auto select,
        database_.prepare("SELECT installation, deliveries, (SELECT due_at FROM deliveries INDEXED BY due "
                          "WHERE installation = waiting.installation AND state < 2 AND blocked = 0 ORDER BY due_at "
                          "LIMIT 1) "
                          "FROM waiting ORDER BY installation"));
    std::vector<Waiting> all;
    while (true) {
        POSTHORN_TRY(const bool row, select.step());
        if (!row) return all;
        const InstallationId installation{select.number(0)};
        all.push_back({installation, select.moment(2), select.number(1), oldest[installation]});
    }
}

Result<std::optional<Moment>> SqliteReader::oldest_waiting() {
    POSTHORN_TRY(auto transaction, Transaction::begin(database_, Transaction::Kind::read));
    POSTHORN_TRY(const auto oldest, oldest_waiting_by_installation(database_));
    if (oldest.empty()) return std::optional<Moment>();
    const auto id = std::ranges::min(oldest | std::views::values);
    POSTHORN_TRY(auto select, database_.prepare("SELECT made_at FROM deliveries WHERE id = ?"));
    POSTHORN_TRY(const bool found, select.bind(id).step());
    return found ? std::optional(select.moment(0)) : std::nullopt;
}

Result<DueAnswer> SqliteReader::due(InstallationId installation, Moment now, std::size_t deliveries_max) {
    POSTHORN_TRY(auto transaction, Transaction::begin(database_, Transaction::Kind::read));
    POSTHORN_TRY(auto select, database_.prepare("SELECT " POSTHORN_DELIVERY_COLUMNS
                                                "FROM deliveries INDEXED BY due WHERE installation = ? AND state < 2 "
                                                "AND blocked = 0 ORDER BY due_at, id"));
    select.bind(installation);
    POSTHORN_TRY(auto behind, database_.prepare("SELECT " POSTHORN_DELIVERY_COLUMNS
                                                "FROM deliveries INDEXED BY ordered WHERE installation = ? AND "
                                                "order_key = ? AND state < 2 AND id > ? ORDER BY id LIMIT ?"));
    DueAnswer answer;
    std::size_t heads = 0;
    std::size_t payload_bytes = 0;
    // Deliveries of one event are due together more often than not; the payload is read and held once.
    std::unordered_map<std::uint64_t, model::EventPtr> events;
    const auto take = [&](const model::Delivery& delivery) -> Result<void> {
        auto& event = events[delivery.event.value];
        if (!event) {
            POSTHORN_TRY(event, load_event(delivery.event));
            payload_bytes += event->payload.size();
        }
        answer.due.push_back({delivery, event});
        return {};
    };
    while (true) {
        POSTHORN_TRY(const bool row, select.step());
        if (!row) return answer;
        POSTHORN_TRY(auto read, read_delivery(select, types_));
        const bool is_heavy = payload_bytes >= kDuePayloadBytes && answer.due.size() >= kDueDeliveriesMin;
        if (heads >= deliveries_max || is_heavy || read.delivery.due_at > now) {
            answer.next_due = read.delivery.due_at;
            return answer;
        }
        ++heads;
        POSTHORN_CHECK(take(read.delivery));
        if (read.delivery.order == model::kUnordered) continue;
        behind.reset();
        behind.bind(installation, static_cast<std::int64_t>(read.delivery.order), read.delivery.id, kFollowersMax + 1);
        for (std::size_t count = 0;; ++count) {
            POSTHORN_TRY(const bool more, behind.step());
            if (!more) break;
            POSTHORN_TRY(auto follower, read_delivery(behind, types_));
            if (count == kFollowersMax || follower.delivery.due_at > now) {
                answer.due.back().has_followers = true;
                break;
            }
            POSTHORN_CHECK(take(follower.delivery));
            answer.due.back().is_follower = true;
        }
    }
}

Result<std::vector<DeliveryId>> SqliteReader::waiting_up_to(InstallationId installation, std::uint64_t last,
                                                            std::size_t deliveries_max) {
    POSTHORN_TRY(auto select, database_.prepare("SELECT id FROM deliveries INDEXED BY due WHERE installation = ? "
                                                "AND state < 2 AND id <= ? LIMIT ?"));
    select.bind(installation, last, deliveries_max);
    std::vector<DeliveryId> ids;
    while (true) {
        POSTHORN_TRY(const bool row, select.step());
        if (!row) return ids;
        ids.push_back(DeliveryId{select.number(0)});
    }
}

Result<model::EventPtr> SqliteReader::load_event(EventId id) {
    POSTHORN_TRY(auto select, database_.prepare("SELECT event FROM events WHERE id = ?"));
    POSTHORN_TRY(const bool found, select.bind(id).step());
    if (!found) return no_such(to_string(id));
    return event_of(select.bytes(0));
}

Result<model::EventPtr> SqliteReader::event(EventId id) { return load_event(id); }

Result<std::vector<DeliveryRow>> SqliteReader::deliveries_of(EventId id) {
    POSTHORN_TRY(auto transaction, Transaction::begin(database_, Transaction::Kind::read));
    POSTHORN_TRY(auto select, database_.prepare("SELECT " POSTHORN_EVENT_COLUMNS ", folded FROM events WHERE id = ?"));
    POSTHORN_TRY(const bool found, select.bind(id).step());
    if (!found) return no_such(to_string(id));
    const auto event = read_event(select);
    std::vector<DeliveryRow> rows;
    POSTHORN_TRY(const auto all, parse_folded(select.bytes(5)));
    for (const auto& folded : all) {
        POSTHORN_TRY(auto row, row_of(folded, event, types_));
        rows.push_back(std::move(row));
    }
    // Its own by their ids, then those that replays and recover made.
    for (const auto* sql :
         {"SELECT " POSTHORN_DELIVERY_COLUMNS "FROM deliveries NOT INDEXED WHERE id > ?1 AND id <= ?2",
          "SELECT " POSTHORN_DELIVERY_COLUMNS
          "FROM deliveries INDEXED BY made WHERE event = ?1 AND replay_of IS NOT NULL AND id > ?2"}) {
        POSTHORN_TRY(auto own, database_.prepare(sql));
        own.bind(id, last_id_of(id, event.deliveries));
        while (true) {
            POSTHORN_TRY(const bool row, own.step());
            if (!row) break;
            POSTHORN_TRY(auto read, read_delivery(own, types_));
            rows.push_back(std::move(read));
        }
    }
    std::ranges::sort(rows, {}, [](const DeliveryRow& row) { return row.delivery.id; });
    return rows;
}

Result<DeliveryDetail> SqliteReader::delivery(DeliveryId id) {
    POSTHORN_TRY(auto transaction, Transaction::begin(database_, Transaction::Kind::read));
    POSTHORN_TRY(auto select, database_.prepare("SELECT " POSTHORN_DELIVERY_COLUMNS "FROM deliveries WHERE id = ?"));
    POSTHORN_TRY(const bool found, select.bind(id).step());
    return found ? read_row_detail(select) : read_folded_detail(id);
}

Result<DeliveryDetail> SqliteReader::read_row_detail(const Statement& row) {
    DeliveryDetail detail;
    POSTHORN_TRY(detail.row, read_delivery(row, types_));
    POSTHORN_TRY(detail.event, load_event(detail.row.delivery.event));
    POSTHORN_TRY(auto select, database_.prepare("SELECT attempt FROM attempts WHERE delivery = ? ORDER BY place"));
    select.bind(detail.row.delivery.id);
    while (true) {
        POSTHORN_TRY(const bool more, select.step());
        if (!more) return detail;
        POSTHORN_TRY(auto attempt, wire::decode_attempt(select.bytes(0)));
        detail.attempts.push_back(std::move(attempt));
    }
}

Result<DeliveryDetail> SqliteReader::read_folded_detail(DeliveryId id) {
    POSTHORN_TRY(auto select, database_.prepare("SELECT " POSTHORN_EVENT_COLUMNS
                                                ", folded, event FROM events WHERE id < ? ORDER BY id DESC LIMIT 1"));
    POSTHORN_TRY(const bool found, select.bind(id).step());
    if (!found) return no_such(to_string(id));
    const auto event = read_event(select);
    if (id.value > last_id_of(event.id, event.deliveries)) return no_such(to_string(id));
    POSTHORN_TRY(const auto all, parse_folded(select.bytes(5)));
    for (const auto& folded : all) {
        if (delivery_of(event.id, folded.place) != id) continue;
        DeliveryDetail detail;
        POSTHORN_TRY(detail.row, row_of(folded, event, types_));
        POSTHORN_TRY(auto attempt, wire::decode_attempt(folded.attempt));
        detail.attempts.push_back(std::move(attempt));
        POSTHORN_TRY(detail.event, event_of(select.bytes(6)));
        return detail;
    }
    return no_such(to_string(id));
}

Result<DeliveryPage> SqliteReader::deliveries(const DeliveryFilter& filter, std::optional<std::uint64_t> cursor,
                                              std::size_t limit) {
    POSTHORN_TRY(auto transaction, Transaction::begin(database_, Transaction::Kind::read));
    DeliveryPage page;
    std::optional<TypeNumber> type;
    if (filter.event_type) {
        POSTHORN_TRY(type, types_.find(*filter.event_type));
        if (!type) return page;
    }
    NewestFirst walk(database_, types_, filter, type, cursor.value_or(kIdMax), examined_max_);
    bool is_full = false;
    POSTHORN_TRY(page.next, walk.walk([&](DeliveryRow row) {
        is_full = page.rows.size() == limit;  // One more than asked for: only then there is a next page.
        if (!is_full) page.rows.push_back(std::move(row));
        return is_full ? NewestFirst::Answer::stop : NewestFirst::Answer::go_on;
    }));
    if (is_full) page.next = limit == 0 ? cursor : std::optional(page.rows.back().delivery.id.value);
    return page;
}

Result<Count> SqliteReader::count_deliveries(const DeliveryFilter& filter, std::uint64_t count_max) {
    POSTHORN_TRY(auto transaction, Transaction::begin(database_, Transaction::Kind::read));
    std::optional<TypeNumber> type;
    if (filter.event_type) {
        POSTHORN_TRY(type, types_.find(*filter.event_type));
        if (!type) return Count{};
    }
    Count count;
    // Without times, the index alone knows how many are in a state.
    if (filter.state && *filter.state != model::DeliveryState::delivered && !filter.since && !filter.until) {
        POSTHORN_TRY(const auto places,
                     places_of(database_, *filter.state, filter.tenant, filter.installation, type, kIdMax));
        for (const auto& place : places) {
            POSTHORN_TRY(const auto some, count_in(database_, place, 0, kIdMax, count_max + 1 - count.deliveries));
            count.deliveries += some;
            if (count.deliveries <= count_max) continue;
            return Count{count_max, false};
        }
        return count;
    }
    NewestFirst walk(database_, types_, filter, type, kIdMax, 2 * static_cast<std::size_t>(count_max));
    POSTHORN_TRY(const auto left, walk.walk([&](const DeliveryRow&) {
        if (count.deliveries == count_max) return NewestFirst::Answer::stop;
        ++count.deliveries;
        return NewestFirst::Answer::go_on;
    }));
    count.is_all = !left;
    return count;
}

Result<EventPage> SqliteReader::events(TenantId tenant, std::optional<std::string> type, std::optional<Moment> since,
                                       std::optional<Moment> until, std::optional<std::uint64_t> cursor,
                                       std::size_t limit) {
    POSTHORN_TRY(auto transaction, Transaction::begin(database_, Transaction::Kind::read));
    EventPage page;
    std::optional<TypeNumber> number;
    if (type) {
        POSTHORN_TRY(number, types_.find(*type));
        if (!number) return page;
    }
    POSTHORN_TRY(auto range, ids_between(database_, since, until));
    range.below = std::min(range.below, cursor.value_or(kIdMax));
    MergedIds ids(range);
    POSTHORN_CHECK(add_streams(database_, Stream::Kind::tenant, tenant.value, number, ids));
    POSTHORN_TRY(auto select, database_.prepare("SELECT " POSTHORN_EVENT_COLUMNS "FROM events WHERE id = ?"));
    auto done_from = range.below;
    for (std::size_t examined = 0;; ++examined) {
        POSTHORN_TRY(const auto id, ids.next());
        if (!id) return page;
        if (examined >= examined_max_ && examined > 0) {
            page.next = done_from;
            return page;
        }
        done_from = *id;
        select.reset();
        POSTHORN_TRY(const bool is_event, select.bind(*id).step());
        if (!is_event) continue;  // A delivery that was made later, or the event was pruned.
        const auto event = read_event(select);
        if ((since && event.accepted_at < *since) || (until && event.accepted_at >= *until)) continue;
        if (page.rows.size() == limit) {
            page.next = limit == 0 ? cursor : std::optional(page.rows.back().id.value);
            return page;
        }
        POSTHORN_TRY(const auto name, types_.name_of(event.type));
        page.rows.push_back({event.id, event.tenant, std::string(name), event.accepted_at,
                             static_cast<std::uint32_t>(event.deliveries)});
    }
}

Result<std::optional<Earlier>> SqliteReader::idempotency(TenantId tenant, const std::string& key, Moment not_before) {
    POSTHORN_TRY(auto select,
                 database_.prepare("SELECT event, type, hash, deliveries FROM idempotency WHERE tenant = ? "
                                   "AND \"key\" = ? AND at >= ?"));
    POSTHORN_TRY(const bool found, select.bind(tenant, std::string_view(key), not_before).step());
    if (!found) return std::optional<Earlier>();
    POSTHORN_TRY(const auto type, types_.name_of(select.integer(1)));
    return std::optional(Earlier{EventId{select.number(0)}, std::string(type), std::string(select.bytes(2)),
                                 static_cast<std::uint32_t>(select.integer(3))});
}

}  // namespace posthorn::state
