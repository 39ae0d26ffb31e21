#pragma once
// The journal's records as bytes and back; docs/formats/records.md has the layout.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/record.h"

namespace posthorn::wire {

/// The kind byte that the journal stores beside a record's bytes. Numbers are never used again.
enum class RecordKind : std::uint8_t {
    event_accepted = 1,
    attempt_ended = 2,
    deliveries_made = 3,
    deliveries_cancelled = 4,
    deliveries_rescheduled = 5,
    registry_changed = 6,
    deliveries_expired = 7,
};

RecordKind kind_of(const model::Record& record);

/// Appends the record's bytes. Moments must be within kMomentMax (record_bytes.h) of 1970.
void encode(const model::Record& record, std::string& bytes);
/// The same without a variant around it, for the hot path.
void encode(const model::EventAccepted& record, std::string& bytes);
void encode(const model::AttemptEnded& record, std::string& bytes);

/// decode_record(kind_of(r), encode(r)) is equal to r, and bytes that decode encode to themselves again.
/// Errors: corrupt (bytes end early, are left over or make no sense), unsupported (unknown kind or version).
Result<model::Record> decode_record(std::uint8_t kind, std::string_view bytes);

/// Parts that the state keeps in its rows as well. Errors: corrupt, unsupported (a newer version).
void encode_event(const model::Event& event, std::string& bytes);
Result<model::Event> decode_event(std::string_view bytes);
void encode_attempt(const model::Attempt& attempt, std::string& bytes);
Result<model::Attempt> decode_attempt(std::string_view bytes);

/// An EventAccepted read in place, for the state's hot path: everything points into the record's bytes, all of
/// which have been checked.
struct EventAcceptedView {
    EventId id;
    TenantId tenant;
    Moment accepted_at;
    std::string_view type;
    std::vector<model::Target> targets;
    std::string_view idempotency_key;
    std::string_view payload_hash;
    std::string_view event;  ///< What decode_event reads.
};

/// What lists and statistics show of an attempt.
struct AttemptSummary {
    Moment started_at;
    std::uint16_t status = 0;
    model::Failure failure = model::Failure::none;
    std::int32_t total_us = -1;

    /// started_at and the whole milliseconds of total_us.
    Moment ended_at() const { return started_at + Millis(total_us > 0 ? total_us / 1000 : 0); }
};

/// As EventAcceptedView.
struct AttemptEndedView {
    DeliveryId delivery;
    EventId event;
    InstallationId installation;
    WebhookNumber webhook = model::kLifecycleWebhook;
    model::Verdict verdict;
    AttemptSummary summary;
    std::string_view attempt;  ///< What decode_attempt reads.
};

/// Errors: as decode_record.
Result<EventAcceptedView> view_event_accepted(std::string_view bytes);
Result<AttemptEndedView> view_attempt_ended(std::string_view bytes);
Result<AttemptSummary> summarize_attempt(std::string_view bytes);

}  // namespace posthorn::wire
