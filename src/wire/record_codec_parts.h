#pragma once
// Events and attempts read in place; for the files of the record codec alone.

#include <string_view>
#include <utility>
#include <vector>

#include "model/delivery.h"
#include "model/event.h"
#include "wire/record_codec.h"

namespace posthorn::wire {

struct EventView {
    EventId id;
    TenantId tenant;
    Moment accepted_at;
    std::int64_t timestamp_ms = 0;
    std::uint8_t flags = 0;
    std::string_view type;
    std::string_view user_id, user_key, user_account_id, user_display_name;
    std::vector<std::pair<std::string_view, std::string_view>> context;
    std::string_view traceparent;
    std::string_view payload;
};

struct AttemptView {
    AttemptSummary summary;
    std::uint32_t number = 0;
    model::AttemptTimes times;
    std::string_view detail, address, url, response_headers;
    std::vector<std::string_view> notes;
    std::string_view response_body;
};

/// Errors: corrupt, unsupported.
Result<EventView> view_event(std::string_view bytes);
Result<AttemptView> view_attempt(std::string_view bytes);

/// No fewer bytes than the part takes, to reserve once.
std::size_t event_bytes_max(const model::Event& event);
std::size_t attempt_bytes_max(const model::Attempt& attempt);

/// The version that every layout has today, but for:
inline constexpr std::uint8_t kRecordVersion = 1;
/// Of records 1 and 3 when one of their deliveries has an order key; without one they have the version above.
inline constexpr std::uint8_t kOrderedVersion = 2;

/// "`what` is damaged ..." and "`what` was written by a newer version ...".
Error damaged(std::string_view what);
Error too_new(std::string_view what, std::uint8_t version);

}  // namespace posthorn::wire
