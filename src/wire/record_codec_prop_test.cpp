// Laws of the record codec: what was encoded decodes to itself, and no damage is read as something else's bytes.

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "wire/record_bytes.h"
#include "wire/record_codec.h"

namespace posthorn::model {

bool operator==(const EventAccepted& a, const EventAccepted& b) {
    return *a.event == *b.event && a.targets == b.targets && a.idempotency == b.idempotency;
}
bool operator==(const AttemptEnded& a, const AttemptEnded& b) {
    return a.delivery == b.delivery && a.event == b.event && a.installation == b.installation &&
           a.webhook == b.webhook && a.attempt == b.attempt && a.verdict == b.verdict;
}
bool operator==(const DeliveriesMade& a, const DeliveriesMade& b) { return a.deliveries == b.deliveries; }
bool operator==(const DeliveriesCancelled& a, const DeliveriesCancelled& b) {
    return a.deliveries == b.deliveries && a.installation == b.installation && a.at == b.at;
}
bool operator==(const DeliveriesRescheduled& a, const DeliveriesRescheduled& b) {
    return a.installation == b.installation && a.due_at == b.due_at;
}
bool operator==(const DeliveriesExpired& a, const DeliveriesExpired& b) {
    return a.deliveries == b.deliveries && a.at == b.at;
}
bool operator==(const RegistryChanged& a, const RegistryChanged& b) { return a.rows == b.rows; }

}  // namespace posthorn::model

namespace posthorn::wire {
namespace {

template <class T>
T any() {
    return *rc::gen::scale(2.0, rc::gen::arbitrary<T>());
}

std::uint64_t any_number() { return any<std::uint64_t>() >> *rc::gen::inRange(0, 64); }
Moment any_moment() { return from_epoch_ms(*rc::gen::inRange(1 - kMomentMax, kMomentMax)); }

template <class Enum>
Enum any_enumerator(Enum last) {
    return static_cast<Enum>(*rc::gen::inRange(0, static_cast<int>(last) + 1));
}

std::int32_t any_time() { return any<std::int32_t>(); }

model::Event any_event() {
    model::Event event;
    event.id = EventId{any_number()};
    event.tenant = TenantId{any_number()};
    event.type = any<std::string>();
    event.accepted_at = any_moment();
    event.timestamp_ms = any<std::int64_t>();
    event.user = {any<std::string>(), any<std::string>(), any<std::string>(), any<std::string>()};
    event.flow = any_enumerator(model::Flow::secondary);
    event.context = any<std::vector<std::pair<std::string, std::string>>>();
    event.traceparent = any<std::string>();
    event.payload = any<std::string>();
    event.adds_timestamp = any<bool>();
    event.adds_webhook_event = any<bool>();
    return event;
}

model::Attempt any_attempt() {
    model::Attempt attempt;
    attempt.number = any<std::uint32_t>();
    attempt.started_at = any_moment();
    attempt.status = any<std::uint16_t>();
    attempt.failure = any_enumerator(model::Failure::unsafe_url);
    attempt.detail = any<std::string>();
    attempt.times = {any_time(), any_time(), any_time(), any_time(), any_time()};
    attempt.address = any<std::string>();
    attempt.url = any<std::string>();
    attempt.response_headers = any<std::string>();
    attempt.response_body = any<std::string>();
    attempt.notes = any<std::vector<std::string>>();
    return attempt;
}

model::Delivery any_delivery() {
    return {DeliveryId{any_number()},
            EventId{any_number()},
            InstallationId{any_number()},
            any<WebhookNumber>(),
            any_enumerator(model::DeliveryState::cancelled),
            any_enumerator(model::DeadReason::deadline),
            any<std::uint32_t>(),
            any_moment(),
            any_moment(),
            DeliveryId{any_number()},
            any<bool>() ? model::kUnordered : any_number()};
}

model::Record any_record() {
    switch (*rc::gen::inRange(0, 7)) {
        case 0: {
            std::vector<model::Target> targets;
            for (int i = *rc::gen::inRange(0, 9); i > 0; --i)
                targets.push_back({InstallationId{any_number()}, any<WebhookNumber>(),
                                   any<bool>() ? model::kUnordered : any_number()});
            return model::EventAccepted{
                std::make_shared<const model::Event>(any_event()), targets, {any<std::string>(), any<std::string>()}};
        }
        case 1: {
            const model::Verdict verdict{any_enumerator(model::DeliveryState::cancelled),
                                         any_enumerator(model::DeadReason::deadline), any_moment(), any<bool>()};
            return model::AttemptEnded{DeliveryId{any_number()}, EventId{any_number()}, InstallationId{any_number()},
                                       any<WebhookNumber>(),     any_attempt(),         verdict};
        }
        case 2: {
            model::DeliveriesMade made;
            for (int i = *rc::gen::inRange(0, 9); i > 0; --i) made.deliveries.push_back(any_delivery());
            return made;
        }
        case 3: {
            model::DeliveriesCancelled cancelled{{}, InstallationId{any_number()}, any_moment()};
            for (int i = *rc::gen::inRange(0, 9); i > 0; --i) cancelled.deliveries.push_back(DeliveryId{any_number()});
            return cancelled;
        }
        case 4: return model::DeliveriesRescheduled{InstallationId{any_number()}, any_moment()};
        case 5: {
            model::DeliveriesExpired expired{{}, any_moment()};
            for (int i = *rc::gen::inRange(0, 9); i > 0; --i) expired.deliveries.push_back(DeliveryId{any_number()});
            return expired;
        }
        default: {
            model::RegistryChanged changed;
            for (int i = *rc::gen::inRange(0, 9); i > 0; --i)
                changed.rows.push_back({any<std::string>(), any<std::string>(),
                                        any<bool>() ? std::optional(any<std::string>()) : std::nullopt});
            return changed;
        }
    }
}

std::uint8_t kind_byte(const model::Record& record) { return static_cast<std::uint8_t>(kind_of(record)); }

std::string encoded(const model::Record& record) {
    std::string bytes;
    encode(record, bytes);
    return bytes;
}

RC_GTEST_PROP(RecordCodecProp, ARecordDecodesToWhatWasEncoded, ()) {
    const auto record = any_record();
    const auto decoded = decode_record(kind_byte(record), encoded(record));
    RC_ASSERT(decoded.has_value());
    RC_ASSERT(*decoded == record);
}

RC_GTEST_PROP(RecordCodecProp, EncodingAppendsAndLeavesWhatWasThere, ()) {
    const auto record = any_record();
    std::string bytes = "before";
    encode(record, bytes);
    RC_ASSERT(bytes == "before" + encoded(record));
}

RC_GTEST_PROP(RecordCodecProp, ChangedBytesAreRefusedOrAreAnotherRecordsOneEncoding, ()) {
    const auto record = any_record();
    auto bytes = encoded(record);
    const auto at = *rc::gen::inRange(std::size_t{0}, bytes.size());
    bytes[at] = any<char>();
    if (const auto decoded = decode_record(kind_byte(record), bytes)) RC_ASSERT(encoded(*decoded) == bytes);
}

RC_GTEST_PROP(RecordCodecProp, TheViewsAgreeWithTheDecodedValues, ()) {
    const auto record = any_record();
    const auto bytes = encoded(record);
    if (const auto* accepted = std::get_if<model::EventAccepted>(&record)) {
        const auto view = view_event_accepted(bytes);
        RC_ASSERT(view.has_value());
        RC_ASSERT(view->id == accepted->event->id);
        RC_ASSERT(view->tenant == accepted->event->tenant);
        RC_ASSERT(view->accepted_at == accepted->event->accepted_at);
        RC_ASSERT(view->type == accepted->event->type);
        RC_ASSERT(view->targets == accepted->targets);
        RC_ASSERT(*decode_event(view->event) == *accepted->event);
    } else if (const auto* ended = std::get_if<model::AttemptEnded>(&record)) {
        const auto view = view_attempt_ended(bytes);
        RC_ASSERT(view.has_value());
        RC_ASSERT(view->delivery == ended->delivery);
        RC_ASSERT(view->verdict == ended->verdict);
        RC_ASSERT(view->summary.status == ended->attempt.status);
        RC_ASSERT(view->summary.total_us == ended->attempt.times.total_us);
        RC_ASSERT(*decode_attempt(view->attempt) == ended->attempt);
    }
}

}  // namespace
}  // namespace posthorn::wire
