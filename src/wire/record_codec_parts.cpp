#include "wire/record_codec_parts.h"

#include <limits>

#include "wire/record_bytes.h"

namespace posthorn::wire {

namespace {

constexpr std::size_t kNumberBytesMax = 10;
constexpr std::uint8_t kFlowBits = 3;
constexpr std::uint8_t kAddsTimestamp = 4;
constexpr std::uint8_t kAddsWebhookEvent = 8;

std::uint8_t flags_of(const model::Event& event) {
    auto flags = static_cast<std::uint8_t>(event.flow);
    if (event.adds_timestamp) flags |= kAddsTimestamp;
    if (event.adds_webhook_event) flags |= kAddsWebhookEvent;
    return flags;
}

std::int32_t microseconds(RecordReader& reader) {
    return static_cast<std::int32_t>(
        reader.signed_number(std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max()));
}

}  // namespace

Error damaged(std::string_view what) {
    return fail(Errc::corrupt, std::string(what) + " is damaged: its bytes do not follow docs/formats/records.md");
}

Error too_new(std::string_view what, std::uint8_t version) {
    return fail(Errc::unsupported,
                std::string(what) + " has layout version " + std::to_string(version) +
                    ", which this program does not know: run the version that wrote it or a newer one");
}

std::size_t event_bytes_max(const model::Event& event) {
    std::size_t size = 16 + 12 * kNumberBytesMax + event.type.size() + event.user.id.size() + event.user.key.size() +
                       event.user.account_id.size() + event.user.display_name.size() + event.traceparent.size() +
                       event.payload.size();
    for (const auto& [name, value] : event.context) size += 2 * kNumberBytesMax + name.size() + value.size();
    return size;
}

std::size_t attempt_bytes_max(const model::Attempt& attempt) {
    std::size_t size = 16 + 13 * kNumberBytesMax + attempt.detail.size() + attempt.address.size() + attempt.url.size() +
                       attempt.response_headers.size() + attempt.response_body.size();
    for (const auto& note : attempt.notes) size += kNumberBytesMax + note.size();
    return size;
}

void encode_event(const model::Event& event, std::string& bytes) {
    RecordWriter writer(bytes);
    writer.byte(kRecordVersion);
    writer.id(event.id.value);
    writer.number(event.tenant.value);
    writer.moment(event.accepted_at);
    writer.signed_number(event.timestamp_ms);
    writer.byte(flags_of(event));
    writer.text(event.type);
    writer.text(event.user.id);
    writer.text(event.user.key);
    writer.text(event.user.account_id);
    writer.text(event.user.display_name);
    writer.number(event.context.size());
    for (const auto& [name, value] : event.context) {
        writer.text(name);
        writer.text(value);
    }
    writer.text(event.traceparent);
    writer.rest(event.payload);
}

Result<EventView> view_event(std::string_view bytes) {
    RecordReader reader(bytes);
    if (const auto version = reader.byte(); reader.ok() && version != kRecordVersion)
        return too_new("An event", version);
    EventView event;
    event.id = EventId{reader.id()};
    event.tenant = TenantId{reader.number()};
    event.accepted_at = reader.moment();
    event.timestamp_ms = reader.signed_number();
    event.flags = reader.byte();
    if ((event.flags & kFlowBits) > static_cast<std::uint8_t>(model::Flow::secondary) || event.flags > 15)
        reader.refuse();
    event.type = reader.text();
    event.user_id = reader.text();
    event.user_key = reader.text();
    event.user_account_id = reader.text();
    event.user_display_name = reader.text();
    const auto pairs = reader.count(2);
    event.context.reserve(pairs);
    for (std::size_t i = 0; i < pairs; ++i) {
        const auto name = reader.text();
        event.context.emplace_back(name, reader.text());
    }
    event.traceparent = reader.text();
    if (!reader.ok()) return damaged("An event");
    event.payload = reader.rest();
    return event;
}

Result<model::Event> decode_event(std::string_view bytes) {
    POSTHORN_TRY(const auto view, view_event(bytes));
    model::Event event;
    event.id = view.id;
    event.tenant = view.tenant;
    event.type = view.type;
    event.accepted_at = view.accepted_at;
    event.timestamp_ms = view.timestamp_ms;
    event.user = {std::string(view.user_id), std::string(view.user_key), std::string(view.user_account_id),
                  std::string(view.user_display_name)};
    event.flow = static_cast<model::Flow>(view.flags & kFlowBits);
    event.context.assign(view.context.begin(), view.context.end());
    event.traceparent = view.traceparent;
    event.payload = view.payload;
    event.adds_timestamp = (view.flags & kAddsTimestamp) != 0;
    event.adds_webhook_event = (view.flags & kAddsWebhookEvent) != 0;
    return event;
}

void encode_attempt(const model::Attempt& attempt, std::string& bytes) {
    RecordWriter writer(bytes);
    writer.byte(kRecordVersion);
    writer.number(attempt.number);
    writer.moment(attempt.started_at);
    writer.number(attempt.status);
    writer.byte(static_cast<std::uint8_t>(attempt.failure));
    for (const auto part : {attempt.times.dns_us, attempt.times.connect_us, attempt.times.tls_us,
                            attempt.times.first_byte_us, attempt.times.total_us})
        writer.signed_number(part);
    writer.text(attempt.detail);
    writer.text(attempt.address);
    writer.text(attempt.url);
    writer.text(attempt.response_headers);
    writer.number(attempt.notes.size());
    for (const auto& note : attempt.notes) writer.text(note);
    writer.rest(attempt.response_body);
}

Result<AttemptView> view_attempt(std::string_view bytes) {
    RecordReader reader(bytes);
    if (const auto version = reader.byte(); reader.ok() && version != kRecordVersion)
        return too_new("An attempt", version);
    AttemptView attempt;
    attempt.number = static_cast<std::uint32_t>(reader.number(std::numeric_limits<std::uint32_t>::max()));
    attempt.summary.started_at = reader.moment();
    attempt.summary.status = static_cast<std::uint16_t>(reader.number(std::numeric_limits<std::uint16_t>::max()));
    attempt.summary.failure = reader.enumerator(model::Failure::unsafe_url);
    attempt.times.dns_us = microseconds(reader);
    attempt.times.connect_us = microseconds(reader);
    attempt.times.tls_us = microseconds(reader);
    attempt.times.first_byte_us = microseconds(reader);
    attempt.times.total_us = microseconds(reader);
    attempt.summary.total_us = attempt.times.total_us;
    attempt.detail = reader.text();
    attempt.address = reader.text();
    attempt.url = reader.text();
    attempt.response_headers = reader.text();
    const auto notes = reader.count(1);
    attempt.notes.reserve(notes);
    for (std::size_t i = 0; i < notes; ++i) attempt.notes.push_back(reader.text());
    if (!reader.ok()) return damaged("An attempt");
    attempt.response_body = reader.rest();
    return attempt;
}

Result<AttemptSummary> summarize_attempt(std::string_view bytes) {
    POSTHORN_TRY(const auto view, view_attempt(bytes));
    return view.summary;
}

Result<model::Attempt> decode_attempt(std::string_view bytes) {
    POSTHORN_TRY(const auto view, view_attempt(bytes));
    model::Attempt attempt;
    attempt.number = view.number;
    attempt.started_at = view.summary.started_at;
    attempt.status = view.summary.status;
    attempt.failure = view.summary.failure;
    attempt.detail = view.detail;
    attempt.times = view.times;
    attempt.address = view.address;
    attempt.url = view.url;
    attempt.response_headers = view.response_headers;
    attempt.response_body = view.response_body;
    attempt.notes.assign(view.notes.begin(), view.notes.end());
    return attempt;
}

}  // namespace posthorn::wire
