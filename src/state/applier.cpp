#include "state/applier.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "base/id_time.h"
#include "state/folded.h"

namespace posthorn::state {

Result<void> Applier::apply(const Numbered& record) {
    // The two hot kinds are read in place; the others are rare and may be copied.
    if (record.kind == static_cast<std::uint8_t>(wire::RecordKind::event_accepted)) {
        POSTHORN_TRY(auto view, wire::view_event_accepted(record.bytes));
        return accept(std::move(view));
    }
    if (record.kind == static_cast<std::uint8_t>(wire::RecordKind::attempt_ended)) {
        POSTHORN_TRY(const auto view, wire::view_attempt_ended(record.bytes));
        return end_attempt(view);
    }
    POSTHORN_TRY(const auto decoded, wire::decode_record(record.kind, record.bytes));
    if (const auto* made = std::get_if<model::DeliveriesMade>(&decoded)) return make(*made);
    if (const auto* cancelled = std::get_if<model::DeliveriesCancelled>(&decoded)) return cancel(*cancelled);
    if (const auto* rescheduled = std::get_if<model::DeliveriesRescheduled>(&decoded)) return reschedule(*rescheduled);
    if (const auto* expired = std::get_if<model::DeliveriesExpired>(&decoded)) return expire(*expired);
    return change(std::get<model::RegistryChanged>(decoded));
}

Result<void> Applier::finish() {
    POSTHORN_CHECK(flush());
    POSTHORN_CHECK(rows_.write_waiting());
    return write_skew();
}

void Applier::forget() {
    types_.forget();
    postings_.forget_group();
    end_group();
}

void Applier::end_group() {
    postings_.end_group();
    rows_.forget();
    new_events_.clear();
    new_deliveries_.clear();
    new_event_at_.clear();
    last_id_ = 0;
    written_ = written_open_ = 0;
    skew_ms_ = 0;
}

Result<void> Applier::accept(wire::EventAcceptedView view) {
    NewEvent event;
    POSTHORN_TRY(event.type, types_.number_of(view.type));
    if (!new_event_at_.emplace(view.id.value, new_events_.size()).second)
        return fail(Errc::corrupt, "Two events have the id " + to_string(view.id));
    event.deliveries_at = new_deliveries_.size();
    NewDelivery delivery;
    delivery.due_at = view.accepted_at;
    new_deliveries_.resize(new_deliveries_.size() + view.targets.size(), delivery);
    saw_id(last_id_of(view.id, view.targets.size()));
    event.view = std::move(view);
    note_postings(event);
    POSTHORN_CHECK(remember(event));
    new_events_.push_back(std::move(event));
    return {};
}

void Applier::note_postings(const NewEvent& event) {
    const auto& view = event.view;
    postings_.note(stream_of(view.tenant, event.type), view.id.value);
    for (const auto& target : view.targets) postings_.note(stream_of(target.installation, event.type), view.id.value);
    note_time(view.id.value, view.accepted_at);
}

void Applier::note_time(std::uint64_t id, Moment at) {
    skew_ms_ = std::max(skew_ms_, std::abs(epoch_ms_of(id) - epoch_ms(at)));
}

Result<void> Applier::write_skew() {
    // Grows by steps, so that a few milliseconds here and there don't write each time.
    constexpr std::int64_t kStep = 1000;
    const auto skew = (skew_ms_ + kStep - 1) / kStep * kStep;
    if (skew == 0) return {};
    POSTHORN_TRY(auto upsert, database_.prepare("INSERT INTO meta(key, value) VALUES('skew', ?) ON CONFLICT DO UPDATE "
                                                "SET value = excluded.value WHERE value < excluded.value"));
    return upsert.bind(skew).run();
}

Result<void> Applier::remember(const NewEvent& event) {
    const auto& view = event.view;
    if (view.idempotency_key.empty()) return {};
    POSTHORN_TRY(auto insert, database_.prepare("INSERT OR REPLACE INTO idempotency(tenant, \"key\", at, event, type, "
                                                "deliveries, hash) VALUES(?,?,?,?,?,?,?)"));
    insert.bind(view.tenant, view.idempotency_key, view.accepted_at, view.id, event.type, view.targets.size(),
                Blob{view.payload_hash});
    return insert.run();
}

Result<void> Applier::end_attempt(const wire::AttemptEndedView& ended) {
    const auto known = new_event_at_.find(ended.event.value);
    if (known == new_event_at_.end()) return end_attempt_of_row(ended);
    const auto& event = new_events_[known->second];
    const auto place = ended.delivery.value - ended.event.value - 1;
    // A replay of an event of this group has rows of its own.
    if (ended.delivery <= DeliveryId{ended.event.value} || place >= event.view.targets.size())
        return end_attempt_of_row(ended);

    auto& delivery = new_deliveries_[event.deliveries_at + place];
    if (delivery.attempts++ == 0) delivery.first_attempt = ended.attempt;
    else delivery.later_attempts.push_back(ended.attempt);
    delivery.last = ended.summary;
    if (is_final(delivery.state)) return {};
    delivery.state = ended.verdict.state;
    delivery.reason = ended.verdict.reason;
    delivery.due_at = ended.verdict.retry_at;
    return {};
}

Result<void> Applier::end_attempt_of_row(const wire::AttemptEndedView& ended) {
    POSTHORN_TRY(const bool recorded, rows_.end_attempt(ended));
    if (recorded) return {};
    POSTHORN_TRY(const bool unfolded, rows_.unfold(ended.delivery));
    if (!unfolded) return {};  // Its event was pruned meanwhile.
    POSTHORN_TRY(const bool recorded_now, rows_.end_attempt(ended));
    static_cast<void>(recorded_now);
    return {};
}

Result<void> Applier::make(const model::DeliveriesMade& made) {
    POSTHORN_CHECK(flush());
    for (const auto& delivery : made.deliveries) {
        saw_id(delivery.id.value);
        POSTHORN_TRY(const auto event, rows_.find_event(delivery.event));
        if (!event) continue;  // Pruned since the person asked; there is nothing left to send.
        POSTHORN_CHECK(rows_.insert({delivery, event->tenant, event->type, WrittenDelivery::Origin::made, {}}));
        postings_.note(stream_of(event->tenant, event->type), delivery.id.value);
        postings_.note(stream_of(delivery.installation, event->type), delivery.id.value);
        note_time(delivery.id.value, delivery.made_at);
    }
    return {};
}

Result<void> Applier::cancel(const model::DeliveriesCancelled& cancelled) {
    POSTHORN_CHECK(flush());
    for (const auto delivery : cancelled.deliveries) POSTHORN_CHECK(rows_.cancel(delivery));
    if (cancelled.installation) return rows_.cancel_all(cancelled.installation);
    return {};
}

Result<void> Applier::expire(const model::DeliveriesExpired& expired) {
    POSTHORN_CHECK(flush());
    for (const auto delivery : expired.deliveries) POSTHORN_CHECK(rows_.expire(delivery));
    return {};
}

Result<void> Applier::reschedule(const model::DeliveriesRescheduled& rescheduled) {
    POSTHORN_CHECK(flush());
    return rows_.reschedule_all(rescheduled.installation, rescheduled.due_at);
}

Result<void> Applier::change(const model::RegistryChanged& changed) {
    POSTHORN_TRY(auto put, database_.prepare("INSERT OR REPLACE INTO registry(kind, key, value) VALUES(?,?,?)"));
    POSTHORN_TRY(auto remove, database_.prepare("DELETE FROM registry WHERE kind = ? AND key = ?"));
    for (const auto& row : changed.rows) {
        if (row.value)
            POSTHORN_CHECK(put.bind(std::string_view(row.kind), std::string_view(row.key), Blob{*row.value}).run());
        else POSTHORN_CHECK(remove.bind(std::string_view(row.kind), std::string_view(row.key)).run());
    }
    return {};
}

Result<void> Applier::flush() {
    for (const auto& event : new_events_) POSTHORN_CHECK(write(event));
    new_events_.clear();
    new_deliveries_.clear();
    new_event_at_.clear();
    return {};
}

Result<void> Applier::write(const NewEvent& event) {
    const auto& view = event.view;
    folded_.clear();
    written_ += view.targets.size();
    for (std::size_t place = 0; place < view.targets.size(); ++place) {
        const auto& target = view.targets[place];
        const auto& delivery = new_deliveries_[event.deliveries_at + place];
        const bool folds = delivery.state == model::DeliveryState::delivered && delivery.attempts == 1 &&
                           delivery.reason == model::DeadReason::none;
        if (folds) {
            append_folded({place, target.installation, target.webhook, delivery.first_attempt}, folded_);
            continue;
        }
        if (delivery.attempts == 0) ++written_open_;
        const auto id = delivery_of(view.id, place);
        WrittenDelivery row;
        row.delivery = {id,
                        view.id,
                        target.installation,
                        target.webhook,
                        delivery.state,
                        delivery.reason,
                        delivery.attempts,
                        delivery.due_at,
                        view.accepted_at,
                        {},
                        target.order};
        row.tenant = view.tenant;
        row.type = event.type;
        if (delivery.attempts > 0) row.last = delivery.last;
        POSTHORN_CHECK(rows_.insert(row));
        if (delivery.attempts > 0) POSTHORN_CHECK(rows_.insert_attempt(id, 1, delivery.first_attempt));
        std::uint32_t number = 1;
        for (const auto attempt : delivery.later_attempts) POSTHORN_CHECK(rows_.insert_attempt(id, ++number, attempt));
    }
    POSTHORN_TRY(auto insert, database_.prepare("INSERT INTO events(id, tenant, type, accepted_at, deliveries, folded, "
                                                "event) VALUES(?,?,?,?,?,?,?)"));
    const auto folded = folded_.empty() ? std::nullopt : std::optional(Blob{folded_});
    insert.bind(view.id, view.tenant, event.type, view.accepted_at, view.targets.size(), folded, Blob{view.event});
    return insert.run();
}

}  // namespace posthorn::state
