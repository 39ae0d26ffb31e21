#include "state/delivery_rows.h"

#include <string>

#include "state/folded.h"

namespace posthorn::state {

namespace {

/// An UPDATE collects the ids that it will change first; in pieces those stay few.
constexpr const char* kCancelSome =
    "UPDATE deliveries SET state = 4, due_at = 0 WHERE id IN (SELECT id FROM deliveries INDEXED BY due "
    "WHERE installation = ? AND state < 2 LIMIT 10000)";
constexpr const char* kRescheduleEarlier =
    "UPDATE deliveries SET due_at = ?1 WHERE id IN (SELECT id FROM deliveries INDEXED BY due "
    "WHERE installation = ?2 AND state < 2 AND due_at < ?1 LIMIT 10000)";
constexpr const char* kRescheduleLater =
    "UPDATE deliveries SET due_at = ?1 WHERE id IN (SELECT id FROM deliveries INDEXED BY due "
    "WHERE installation = ?2 AND state < 2 AND due_at > ?1 LIMIT 10000)";

}  // namespace

Result<void> DeliveryRows::insert(const WrittenDelivery& row) {
    POSTHORN_TRY(
        auto insert,
        database_.prepare("INSERT INTO deliveries(id, event, tenant, type, installation, webhook, state, reason, "
                          "attempts, due_at, made_at, replay_of, ended_at, last_status, last_failure, "
                          "last_total_us, order_key, blocked) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"));
    const auto& delivery = row.delivery;
    const bool is_ordered = delivery.order != model::kUnordered;
    bool blocked = false;
    if (is_ordered && !is_final(delivery.state)) {
        POSTHORN_TRY(blocked, is_blocked(delivery));
    }
    // SQLite's numbers are signed; what the bits are does not matter.
    const auto order_key = is_ordered ? std::optional(static_cast<std::int64_t>(delivery.order)) : std::nullopt;
    const auto replay_of =
        row.origin == WrittenDelivery::Origin::made ? std::optional(delivery.replay_of) : std::nullopt;
    const auto last = row.last.value_or(wire::AttemptSummary{});
    const auto ended_at = row.last ? std::optional(last.ended_at()) : std::nullopt;
    insert.bind(delivery.id, delivery.event, row.tenant, row.type, delivery.installation, delivery.webhook,
                delivery.state, delivery.reason, delivery.attempts,
                is_final(delivery.state) ? Moment{} : delivery.due_at, delivery.made_at, replay_of, ended_at,
                last.status, last.failure, last.total_us, order_key, blocked ? 1 : 0);
    if (!is_final(delivery.state)) ++waiting_changes_[delivery.installation];
    return insert.run();
}

Result<void> DeliveryRows::insert_attempt(DeliveryId delivery, std::uint32_t place, std::string_view attempt) {
    POSTHORN_TRY(auto insert, database_.prepare("INSERT INTO attempts(delivery, place, attempt) VALUES(?,?,?)"));
    return insert.bind(delivery, place, Blob{attempt}).run();
}

Result<std::optional<EventFacts>> DeliveryRows::find_event(EventId event) {
    POSTHORN_TRY(auto select, database_.prepare("SELECT tenant, type FROM events WHERE id = ?"));
    POSTHORN_TRY(const bool found, select.bind(event).step());
    if (!found) return std::optional<EventFacts>();
    return std::optional(EventFacts{TenantId{select.number(0)}, select.integer(1)});
}

Result<bool> DeliveryRows::end_attempt(const wire::AttemptEndedView& ended) {
    POSTHORN_TRY(auto select, database_.prepare("SELECT state, reason, attempts, due_at, installation, order_key "
                                                "FROM deliveries WHERE id = ?"));
    POSTHORN_TRY(const bool found, select.bind(ended.delivery).step());
    if (!found) return false;
    auto state = static_cast<model::DeliveryState>(select.integer(0));
    auto reason = static_cast<model::DeadReason>(select.integer(1));
    const auto attempts = static_cast<std::uint32_t>(select.integer(2) + 1);
    auto due_at = select.moment(3);
    const InstallationId installation{select.number(4)};
    const auto order_key = select.is_null(5) ? std::nullopt : std::optional(select.integer(5));
    select.reset();
    const bool was_waiting = !is_final(state);
    // A final state never changes: what was cancelled while an attempt ran stays cancelled, whatever it met.
    if (!is_final(state)) {
        state = ended.verdict.state;
        reason = ended.verdict.reason;
        due_at = is_final(state) ? Moment{} : ended.verdict.retry_at;
        if (is_final(state)) --waiting_changes_[installation];
    }
    POSTHORN_TRY(
        auto update,
        database_.prepare("UPDATE deliveries SET state = ?, reason = ?, attempts = ?, due_at = ?, ended_at = ?, "
                          "last_status = ?, last_failure = ?, last_total_us = ? WHERE id = ?"));
    update.bind(state, reason, attempts, due_at, ended.summary.ended_at(), ended.summary.status, ended.summary.failure,
                ended.summary.total_us, ended.delivery);
    POSTHORN_CHECK(update.run());
    POSTHORN_CHECK(insert_attempt(ended.delivery, attempts, ended.attempt));
    if (order_key && was_waiting && is_final(state)) POSTHORN_CHECK(unblock(installation, *order_key));
    return true;
}

Result<bool> DeliveryRows::unfold(DeliveryId delivery) {
    POSTHORN_TRY(auto select, database_.prepare("SELECT id, tenant, type, accepted_at, deliveries, folded FROM events "
                                                "WHERE id < ? ORDER BY id DESC LIMIT 1"));
    POSTHORN_TRY(const bool found, select.bind(delivery).step());
    if (!found || delivery.value - select.number(0) > select.number(4)) return false;
    const EventId event{select.number(0)};
    WrittenDelivery row{{}, TenantId{select.number(1)}, select.integer(2), WrittenDelivery::Origin::accepted, {}};
    row.delivery.id = delivery;
    row.delivery.event = event;
    row.delivery.state = model::DeliveryState::delivered;
    row.delivery.attempts = 1;
    row.delivery.made_at = select.moment(3);
    const std::string before(select.bytes(5));
    select.reset();

    POSTHORN_TRY(const auto all, parse_folded(before));
    std::string after;
    std::optional<Folded> wanted;
    for (const auto& folded : all) {
        if (delivery_of(event, folded.place) == delivery) wanted = folded;
        else append_folded(folded, after);
    }
    if (!wanted) return false;

    row.delivery.installation = wanted->installation;
    row.delivery.webhook = wanted->webhook;
    POSTHORN_TRY(row.last, wire::summarize_attempt(wanted->attempt));
    POSTHORN_CHECK(insert(row));
    POSTHORN_CHECK(insert_attempt(delivery, 1, wanted->attempt));
    POSTHORN_TRY(auto update, database_.prepare("UPDATE events SET folded = ? WHERE id = ?"));
    const auto left = after.empty() ? std::nullopt : std::optional(Blob{after});
    POSTHORN_CHECK(update.bind(left, event).run());
    return true;
}

Result<void> DeliveryRows::cancel(DeliveryId delivery) {
    POSTHORN_TRY(auto update,
                 database_.prepare("UPDATE deliveries SET state = 4, due_at = 0 WHERE id = ? AND state < 2 "
                                   "RETURNING installation, order_key"));
    POSTHORN_TRY(const bool waited, update.bind(delivery).step());
    return waited ? left(update) : Result<void>();
}

Result<void> DeliveryRows::left(Statement& update) {
    const InstallationId installation{update.number(0)};
    const auto order_key = update.is_null(1) ? std::nullopt : std::optional(update.integer(1));
    update.reset();
    --waiting_changes_[installation];
    return order_key ? unblock(installation, *order_key) : Result<void>();
}

Result<bool> DeliveryRows::is_blocked(const model::Delivery& delivery) {
    POSTHORN_TRY(auto select, database_.prepare("SELECT 1 FROM deliveries INDEXED BY ordered WHERE installation = ? "
                                                "AND order_key = ? AND state < 2 AND id < ? LIMIT 1"));
    return select.bind(delivery.installation, static_cast<std::int64_t>(delivery.order), delivery.id).step();
}

Result<void> DeliveryRows::unblock(InstallationId installation, std::int64_t order_key) {
    POSTHORN_TRY(
        auto update,
        database_.prepare("UPDATE deliveries SET blocked = 0 WHERE blocked = 1 AND id = (SELECT id FROM deliveries "
                          "INDEXED BY ordered WHERE installation = ? AND order_key = ? AND state < 2 "
                          "ORDER BY id LIMIT 1)"));
    return update.bind(installation, order_key).run();
}

Result<void> DeliveryRows::expire(DeliveryId delivery) {
    POSTHORN_TRY(auto update, database_.prepare("UPDATE deliveries SET state = ?, reason = ?, due_at = 0 "
                                                "WHERE id = ? AND state < 2 RETURNING installation, order_key"));
    POSTHORN_TRY(const bool waited,
                 update.bind(model::DeliveryState::dead, model::DeadReason::deadline, delivery).step());
    return waited ? left(update) : Result<void>();
}

Result<void> DeliveryRows::cancel_all(InstallationId installation) {
    POSTHORN_TRY(auto update, database_.prepare(kCancelSome));
    do {
        POSTHORN_CHECK(update.bind(installation).run());
        waiting_changes_[installation] -= database_.changes();
    } while (database_.changes() > 0);
    return {};
}

Result<void> DeliveryRows::write_waiting() {
    POSTHORN_TRY(auto upsert, database_.prepare("INSERT INTO waiting(installation, deliveries) VALUES(?,?) ON CONFLICT "
                                                "DO UPDATE SET deliveries = deliveries + excluded.deliveries"));
    POSTHORN_TRY(auto remove, database_.prepare("DELETE FROM waiting WHERE installation = ? AND deliveries = 0"));
    for (const auto& [installation, change] : waiting_changes_) {
        if (change == 0) continue;
        POSTHORN_CHECK(upsert.bind(installation, change).run());
        if (change < 0) POSTHORN_CHECK(remove.bind(installation).run());
    }
    return {};
}

std::int64_t DeliveryRows::waiting_change() const {
    std::int64_t change = 0;
    for (const auto& [installation, by] : waiting_changes_) change += by;
    return change;
}

Result<void> DeliveryRows::reschedule_all(InstallationId installation, Moment due_at) {
    for (const auto* sql : {kRescheduleEarlier, kRescheduleLater}) {
        POSTHORN_TRY(auto update, database_.prepare(sql));
        do POSTHORN_CHECK(update.bind(due_at, installation).run());
        while (database_.changes() > 0);
    }
    return {};
}

}  // namespace posthorn::state
