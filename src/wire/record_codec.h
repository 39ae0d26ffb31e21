#pragma once
// The journal's records as bytes and back; docs/formats/records.md has the layout.

#include <cstdint>
#include <string>
#include <string_view>

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
};

RecordKind kind_of(const model::Record& record);

/// Appends the record's bytes.
void encode(const model::Record& record, std::string& bytes);
/// The same without a variant around it, for the hot path.
void encode(const model::EventAccepted& record, std::string& bytes);
void encode(const model::AttemptEnded& record, std::string& bytes);

/// Errors: corrupt (bytes end early, are left over or make no sense), unsupported (unknown kind).
Result<model::Record> decode_record(std::uint8_t kind, std::string_view bytes);

/// Parts that the state keeps in its rows as well.
void encode_event(const model::Event& event, std::string& bytes);
Result<model::Event> decode_event(std::string_view bytes);
void encode_attempt(const model::Attempt& attempt, std::string& bytes);
Result<model::Attempt> decode_attempt(std::string_view bytes);

}  // namespace posthorn::wire
