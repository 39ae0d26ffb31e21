#include "state/pruner.h"

#include <chrono>
#include <optional>
#include <utility>
#include <vector>

#include "base/id_time.h"
#include "state/postings.h"

namespace posthorn::state {

namespace {

constexpr Millis kIdempotencyKept = std::chrono::hours(24);
/// Of postings, that one call looks at: 17 min.
constexpr std::size_t kSpansAtOnce = 64;
/// Free pages below this many (16 MB) are kept for reuse in any case.
constexpr std::int64_t kFreePagesKept = 1024;

}  // namespace

Result<std::size_t> Pruner::prune(Moment before, std::size_t events_max) {
    const auto examined_to = examined_to_;
    const auto span_from = span_from_;
    const auto undo = [&](Error error) {
        examined_to_ = examined_to;
        span_from_ = span_from;
        return error;
    };
    POSTHORN_TRY(auto transaction, Transaction::begin(database_, Transaction::Kind::write));
    auto removed = prune_events(before, events_max);
    if (!removed) return undo(std::move(removed).error());
    if (auto done = prune_idempotency(); !done) return undo(std::move(done).error());
    if (auto done = prune_postings(before); !done) return undo(std::move(done).error());
    if (auto done = transaction.commit(); !done) return undo(std::move(done).error());
    POSTHORN_CHECK(give_back_pages());
    return *removed;
}

Result<std::size_t> Pruner::prune_events(Moment before, std::size_t events_max) {
    std::size_t removed = 0;
    std::size_t examined = 0;
    POSTHORN_TRY(auto select,
                 database_.prepare("SELECT id, deliveries, accepted_at FROM events WHERE id > ? ORDER BY id"));
    select.bind(examined_to_);
    while (removed < events_max && examined < kExaminedMax) {
        POSTHORN_TRY(const bool row, select.step());
        if (!row || select.moment(2) >= before) {
            examined_to_ = 0;  // The next call looks at those again that waited until now.
            break;
        }
        const EventId id{select.number(0)};
        const Candidate event{id, last_id_of(id, select.number(1))};
        examined_to_ = id.value;
        POSTHORN_TRY(const bool final, is_final(event));
        if (!final) {
            ++examined;
            continue;
        }
        // Only rows at or before the cursor's place go, which SQLite allows while it steps.
        POSTHORN_CHECK(remove(event));
        ++removed;
    }
    return removed;
}

Result<bool> Pruner::is_final(const Candidate& event) {
    POSTHORN_TRY(auto own,
                 database_.prepare("SELECT 1 FROM deliveries NOT INDEXED WHERE id > ? AND id <= ? AND state < 2 "
                                   "LIMIT 1"));
    POSTHORN_TRY(const bool own_waits, own.bind(event.id, event.last_id).step());
    if (own_waits) return false;
    POSTHORN_TRY(auto made, database_.prepare("SELECT 1 FROM deliveries INDEXED BY made WHERE event = ? AND "
                                              "replay_of IS NOT NULL AND state < 2 LIMIT 1"));
    POSTHORN_TRY(const bool made_waits, made.bind(event.id).step());
    return !made_waits;
}

Result<void> Pruner::remove(const Candidate& event) {
    for (const auto* sql : {"DELETE FROM attempts WHERE delivery > ? AND delivery <= ?",
                            "DELETE FROM deliveries WHERE id > ? AND id <= ?"}) {
        POSTHORN_TRY(auto remove_own, database_.prepare(sql));
        POSTHORN_CHECK(remove_own.bind(event.id, event.last_id).run());
    }
    for (const auto* sql : {"DELETE FROM attempts WHERE delivery IN (SELECT id FROM deliveries INDEXED BY made "
                            "WHERE event = ? AND replay_of IS NOT NULL)",
                            "DELETE FROM deliveries INDEXED BY made WHERE event = ? AND replay_of IS NOT NULL",
                            "DELETE FROM events WHERE id = ?"}) {
        POSTHORN_TRY(auto remove_made, database_.prepare(sql));
        POSTHORN_CHECK(remove_made.bind(event.id).run());
    }
    return {};
}

Result<void> Pruner::prune_idempotency() {
    POSTHORN_TRY(auto newest, database_.prepare("SELECT max(at) FROM idempotency"));
    POSTHORN_TRY(const bool row, newest.step());
    if (!row || newest.is_null(0)) return {};
    const auto kept_from = newest.moment(0) - kIdempotencyKept;
    newest.reset();
    // In pieces, so that one call stays short.
    POSTHORN_TRY(auto remove,
                 database_.prepare("DELETE FROM idempotency WHERE (tenant, \"key\") IN (SELECT tenant, \"key\" "
                                   "FROM idempotency INDEXED BY idempotency_at WHERE at < ? LIMIT 20000)"));
    return remove.bind(kept_from).run();
}

Result<void> Pruner::prune_postings(Moment before) {
    // Spans below this one are over: nothing is added to them any more.
    const auto last = first_id_at(epoch_ms(before)) >> kSpanBits;
    POSTHORN_TRY(auto next, database_.prepare("SELECT span FROM postings WHERE span >= ? AND span < ? "
                                              "ORDER BY span LIMIT 1"));
    POSTHORN_TRY(auto in_use, database_.prepare("SELECT EXISTS(SELECT 1 FROM events WHERE id >= ?1 AND id < ?2) OR "
                                                "EXISTS(SELECT 1 FROM deliveries WHERE id >= ?1 AND id < ?2)"));
    for (std::size_t i = 0; i < kSpansAtOnce; ++i) {
        next.reset();
        POSTHORN_TRY(const bool found, next.bind(span_from_, last).step());
        if (!found) {
            span_from_ = 0;  // Those that were in use are looked at again.
            return {};
        }
        const auto span = next.number(0);
        next.reset();
        span_from_ = span + 1;
        in_use.reset();
        POSTHORN_TRY(const bool row, in_use.bind(span << kSpanBits, (span + 1) << kSpanBits).step());
        if (row && in_use.integer(0) != 0) continue;
        POSTHORN_CHECK(forget_span(database_, span));
    }
    return {};
}

Result<void> Pruner::give_back_pages() {
    POSTHORN_TRY(const auto free, database_.ask_number("PRAGMA freelist_count"));
    POSTHORN_TRY(const auto all, database_.ask_number("PRAGMA page_count"));
    // Most of what was freed will be needed again soon; only what a backlog left behind is given back, 4 MB at a time.
    if (free.value_or(0) < kFreePagesKept || free.value_or(0) < all.value_or(0) / 4) return {};
    return database_.execute("PRAGMA incremental_vacuum(256)");
}

}  // namespace posthorn::state
