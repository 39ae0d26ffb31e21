#include "wire/record_codec.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "wire/record_bytes.h"
#include "wire/record_codec_parts.h"

namespace posthorn::wire {

namespace {

constexpr std::size_t kNumberBytesMax = 10;
constexpr std::size_t kTargetBytesMin = 2;
constexpr std::size_t kDeliveryBytesMin = 31;  // Three ids, five numbers or moments, two enumerators.
constexpr std::uint8_t kPausesWebhook = 1;
constexpr std::uint64_t kWebhookMax = std::numeric_limits<WebhookNumber>::max();

bool is_ordered(const model::Target& target) { return target.order != model::kUnordered; }
bool is_ordered(const model::Delivery& delivery) { return delivery.order != model::kUnordered; }

template <class Cold>
std::uint8_t version_of(const Cold&) {
    return kRecordVersion;
}
std::uint8_t version_of(const model::DeliveriesMade& record) {
    const bool with_order = std::ranges::any_of(record.deliveries, [](const auto& one) { return is_ordered(one); });
    return with_order ? kOrderedVersion : kRecordVersion;
}
std::uint8_t version_of(const model::EventAccepted& record) {
    const bool with_order = std::ranges::any_of(record.targets, [](const auto& one) { return is_ordered(one); });
    return with_order ? kOrderedVersion : kRecordVersion;
}

// The registry's secrets and payloads are large beside the rest; for all but the hot kinds the string may grow.
void encode_body(const model::DeliveriesMade& record, RecordWriter& writer) {
    const bool with_order = version_of(record) == kOrderedVersion;
    writer.number(record.deliveries.size());
    for (const auto& delivery : record.deliveries) {
        writer.id(delivery.id.value);
        writer.id(delivery.event.value);
        writer.number(delivery.installation.value);
        writer.number(delivery.webhook);
        writer.byte(static_cast<std::uint8_t>(delivery.state));
        writer.byte(static_cast<std::uint8_t>(delivery.reason));
        writer.number(delivery.attempts);
        writer.moment(delivery.due_at);
        writer.moment(delivery.made_at);
        writer.id(delivery.replay_of.value);
        if (with_order) writer.id(delivery.order);
    }
}

void encode_body(const model::DeliveriesCancelled& record, RecordWriter& writer) {
    writer.number(record.deliveries.size());
    for (const auto delivery : record.deliveries) writer.id(delivery.value);
    writer.number(record.installation.value);
    writer.moment(record.at);
}

void encode_body(const model::DeliveriesExpired& record, RecordWriter& writer) {
    writer.number(record.deliveries.size());
    for (const auto delivery : record.deliveries) writer.id(delivery.value);
    writer.moment(record.at);
}

void encode_body(const model::DeliveriesRescheduled& record, RecordWriter& writer) {
    writer.number(record.installation.value);
    writer.moment(record.due_at);
}

void encode_body(const model::RegistryChanged& record, RecordWriter& writer) {
    writer.number(record.rows.size());
    for (const auto& row : record.rows) {
        writer.text(row.kind);
        writer.text(row.key);
        writer.byte(row.value ? 1 : 0);
        if (row.value) writer.text(*row.value);
    }
}

template <class Cold>
void encode(const Cold& record, std::string& bytes) {
    RecordWriter writer(bytes);
    writer.byte(version_of(record));
    encode_body(record, writer);
}

Result<model::Record> finish(const RecordReader& reader, model::Record record) {
    if (!reader.ok() || !reader.is_at_end()) return damaged("A record");
    return record;
}

Result<model::Record> decode_event_accepted(std::string_view bytes) {
    POSTHORN_TRY(auto view, view_event_accepted(bytes));
    POSTHORN_TRY(auto event, decode_event(view.event));
    return model::EventAccepted{std::make_shared<const model::Event>(std::move(event)),
                                std::move(view.targets),
                                {std::string(view.idempotency_key), std::string(view.payload_hash)}};
}

Result<model::Record> decode_attempt_ended(std::string_view bytes) {
    POSTHORN_TRY(const auto view, view_attempt_ended(bytes));
    POSTHORN_TRY(auto attempt, decode_attempt(view.attempt));
    return model::AttemptEnded{view.delivery, view.event,         view.installation,
                               view.webhook,  std::move(attempt), view.verdict};
}

Result<model::Record> decode_deliveries_made(RecordReader reader, std::uint8_t version) {
    model::DeliveriesMade record;
    const auto count = reader.count(kDeliveryBytesMin);
    record.deliveries.reserve(count);
    for (std::size_t i = 0; i < count && reader.ok(); ++i) {
        auto& delivery = record.deliveries.emplace_back();
        delivery.id = DeliveryId{reader.id()};
        delivery.event = EventId{reader.id()};
        delivery.installation = InstallationId{reader.number()};
        delivery.webhook = static_cast<WebhookNumber>(reader.number(kWebhookMax));
        delivery.state = reader.enumerator(model::DeliveryState::cancelled);
        delivery.reason = reader.enumerator(model::DeadReason::deadline);
        delivery.attempts = static_cast<std::uint32_t>(reader.number(std::numeric_limits<std::uint32_t>::max()));
        delivery.due_at = reader.moment();
        delivery.made_at = reader.moment();
        delivery.replay_of = DeliveryId{reader.id()};
        if (version == kOrderedVersion) delivery.order = reader.id();
    }
    if (version_of(record) != version) reader.refuse();
    return finish(reader, std::move(record));
}

Result<model::Record> decode_deliveries_cancelled(RecordReader reader) {
    model::DeliveriesCancelled record;
    const auto count = reader.count(8);
    record.deliveries.reserve(count);
    for (std::size_t i = 0; i < count; ++i) record.deliveries.push_back(DeliveryId{reader.id()});
    record.installation = InstallationId{reader.number()};
    record.at = reader.moment();
    return finish(reader, std::move(record));
}

Result<model::Record> decode_deliveries_expired(RecordReader reader) {
    model::DeliveriesExpired record;
    const auto count = reader.count(8);
    record.deliveries.reserve(count);
    for (std::size_t i = 0; i < count; ++i) record.deliveries.push_back(DeliveryId{reader.id()});
    record.at = reader.moment();
    return finish(reader, std::move(record));
}

Result<model::Record> decode_deliveries_rescheduled(RecordReader reader) {
    model::DeliveriesRescheduled record;
    record.installation = InstallationId{reader.number()};
    record.due_at = reader.moment();
    return finish(reader, record);
}

Result<model::Record> decode_registry_changed(RecordReader reader) {
    model::RegistryChanged record;
    // Not reserved: a row in memory has many times the 3 bytes that one takes here at least.
    const auto count = reader.count(3);
    for (std::size_t i = 0; i < count && reader.ok(); ++i) {
        auto& row = record.rows.emplace_back();
        row.kind = reader.text();
        row.key = reader.text();
        const auto there = reader.byte();
        if (there > 1) reader.refuse();
        if (there == 1) row.value = std::string(reader.text());
    }
    return finish(reader, std::move(record));
}

}  // namespace

RecordKind kind_of(const model::Record& record) {
    static_assert(std::variant_size_v<model::Record> == 7);
    return static_cast<RecordKind>(record.index() + 1);
}

void encode(const model::Record& record, std::string& bytes) {
    std::visit([&](const auto& alternative) { encode(alternative, bytes); }, record);
}

void encode(const model::EventAccepted& record, std::string& bytes) {
    bytes.reserve(bytes.size() + 1 + kNumberBytesMax * (3 + 3 * record.targets.size()) + record.idempotency.key.size() +
                  record.idempotency.payload_hash.size() + event_bytes_max(*record.event));
    RecordWriter writer(bytes);
    const auto version = version_of(record);
    writer.byte(version);
    writer.number(record.targets.size());
    for (const auto& target : record.targets) {
        writer.number(target.installation.value);
        writer.number(target.webhook);
        if (version == kOrderedVersion) writer.id(target.order);
    }
    writer.text(record.idempotency.key);
    writer.text(record.idempotency.payload_hash);
    encode_event(*record.event, bytes);
}

void encode(const model::AttemptEnded& record, std::string& bytes) {
    bytes.reserve(bytes.size() + 20 + 3 * kNumberBytesMax + attempt_bytes_max(record.attempt));
    RecordWriter writer(bytes);
    writer.byte(kRecordVersion);
    writer.id(record.delivery.value);
    writer.id(record.event.value);
    writer.number(record.installation.value);
    writer.number(record.webhook);
    writer.byte(static_cast<std::uint8_t>(record.verdict.state));
    writer.byte(static_cast<std::uint8_t>(record.verdict.reason));
    writer.moment(record.verdict.retry_at);
    writer.byte(record.verdict.pauses_webhook ? kPausesWebhook : 0);
    encode_attempt(record.attempt, bytes);
}

Result<EventAcceptedView> view_event_accepted(std::string_view bytes) {
    RecordReader reader(bytes);
    const auto version = reader.byte();
    if (reader.ok() && version != kRecordVersion && version != kOrderedVersion) return too_new("A record", version);
    EventAcceptedView record;
    const auto count = reader.count(kTargetBytesMin);
    record.targets.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        const InstallationId installation{reader.number()};
        record.targets.push_back({installation, static_cast<WebhookNumber>(reader.number(kWebhookMax))});
        if (version == kOrderedVersion) record.targets.back().order = reader.id();
    }
    // A value has one encoding.
    if (version == kOrderedVersion &&
        std::ranges::none_of(record.targets, [](const auto& target) { return is_ordered(target); }))
        reader.refuse();
    record.idempotency_key = reader.text();
    record.payload_hash = reader.text();
    if (!reader.ok()) return damaged("A record");
    record.event = reader.rest();
    POSTHORN_TRY(const auto event, view_event(record.event));
    record.id = event.id;
    record.tenant = event.tenant;
    record.accepted_at = event.accepted_at;
    record.type = event.type;
    return record;
}

Result<AttemptEndedView> view_attempt_ended(std::string_view bytes) {
    RecordReader reader(bytes);
    if (const auto version = reader.byte(); reader.ok() && version != kRecordVersion)
        return too_new("A record", version);
    AttemptEndedView record;
    record.delivery = DeliveryId{reader.id()};
    record.event = EventId{reader.id()};
    record.installation = InstallationId{reader.number()};
    record.webhook = static_cast<WebhookNumber>(reader.number(kWebhookMax));
    record.verdict.state = reader.enumerator(model::DeliveryState::cancelled);
    record.verdict.reason = reader.enumerator(model::DeadReason::deadline);
    record.verdict.retry_at = reader.moment();
    const auto flags = reader.byte();
    if (flags > kPausesWebhook) reader.refuse();
    record.verdict.pauses_webhook = flags == kPausesWebhook;
    if (!reader.ok()) return damaged("A record");
    record.attempt = reader.rest();
    POSTHORN_TRY(record.summary, summarize_attempt(record.attempt));
    return record;
}

Result<model::Record> decode_record(std::uint8_t kind, std::string_view bytes) {
    RecordReader reader(bytes);
    const auto version = reader.byte();
    const auto record_kind = static_cast<RecordKind>(kind);
    const bool may_be_ordered = record_kind == RecordKind::event_accepted || record_kind == RecordKind::deliveries_made;
    if (reader.ok() && version != kRecordVersion && !(may_be_ordered && version == kOrderedVersion))
        return too_new("A record", version);
    switch (static_cast<RecordKind>(kind)) {
        case RecordKind::event_accepted: return decode_event_accepted(bytes);
        case RecordKind::attempt_ended: return decode_attempt_ended(bytes);
        case RecordKind::deliveries_made: return decode_deliveries_made(reader, version);
        case RecordKind::deliveries_cancelled: return decode_deliveries_cancelled(reader);
        case RecordKind::deliveries_rescheduled: return decode_deliveries_rescheduled(reader);
        case RecordKind::registry_changed: return decode_registry_changed(reader);
        case RecordKind::deliveries_expired: return decode_deliveries_expired(reader);
    }
    return fail(Errc::unsupported,
                "A record has kind " + std::to_string(kind) +
                    ", which this program does not know: run the version that wrote it or a newer one");
}

}  // namespace posthorn::wire
