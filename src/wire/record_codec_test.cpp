#include "wire/record_codec.h"

#include <gtest/gtest.h>

#include "wire/record_bytes.h"

namespace posthorn::wire {
namespace {

std::uint8_t byte_of(RecordKind kind) { return static_cast<std::uint8_t>(kind); }

model::EventAccepted small_event() {
    model::Event event;
    event.id = EventId{0x0102030405060708};
    event.tenant = TenantId{1};
    event.type = "jira:issue_created";
    event.payload = R"({"issue":{}})";
    return {std::make_shared<const model::Event>(event), {{InstallationId{7}, 300}}, {"k", "h"}};
}

std::string encoded(const model::Record& record) {
    std::string bytes;
    encode(record, bytes);
    return bytes;
}

TEST(RecordCodec, ARescheduleLiesAsTheDocumentSays) {
    const auto bytes = encoded(model::DeliveriesRescheduled{InstallationId{300}, from_epoch_ms(-3)});
    EXPECT_EQ(bytes, std::string("\x01\xac\x02\x05", 4));
}

TEST(RecordCodec, TheEventOfAnAcceptanceIsItsTail) {
    const auto record = small_event();
    std::string event;
    encode_event(*record.event, event);
    const auto bytes = encoded(record);
    EXPECT_TRUE(bytes.ends_with(event));
    EXPECT_EQ(bytes.substr(0, bytes.size() - event.size()), std::string("\x01\x01\x07\xac\x02\x01k\x01h", 9));
}

TEST(RecordCodec, AnEmptyAnswerCostsFewBytes) {
    model::Attempt attempt;
    attempt.started_at = from_epoch_ms(1'790'000'000'000);
    attempt.status = 204;
    std::string bytes;
    encode_attempt(attempt, bytes);
    EXPECT_LE(bytes.size(), 22U);
}

TEST(RecordCodec, EveryShorterBeginningIsDamaged) {
    const model::AttemptEnded ended{DeliveryId{2}, EventId{1}, InstallationId{1}, 1, {}, {}};
    const auto bytes = encoded(ended);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        const auto decoded = decode_record(byte_of(RecordKind::attempt_ended), bytes.substr(0, size));
        ASSERT_FALSE(decoded) << size;
        EXPECT_EQ(decoded.error().code, Errc::corrupt) << size;
    }
}

TEST(RecordCodec, BytesLeftOverAreDamage) {
    const auto bytes = encoded(model::DeliveriesRescheduled{InstallationId{1}, from_epoch_ms(1)}) + "x";
    EXPECT_EQ(decode_record(byte_of(RecordKind::deliveries_rescheduled), bytes).error().code, Errc::corrupt);
}

TEST(RecordCodec, AnUnknownKindOrVersionAsksForANewerProgram) {
    EXPECT_EQ(decode_record(8, "\x01").error().code, Errc::unsupported);
    EXPECT_EQ(decode_record(0, "\x01").error().code, Errc::unsupported);
    EXPECT_EQ(decode_record(byte_of(RecordKind::event_accepted), "\x03").error().code, Errc::unsupported);
    EXPECT_EQ(decode_event("\x02").error().code, Errc::unsupported);
    EXPECT_EQ(decode_attempt("\x02").error().code, Errc::unsupported);
}

TEST(RecordCodec, AForgedCountReservesNothing) {
    std::string bytes = "\x01";
    RecordWriter(bytes).number(std::uint64_t{1} << 60);
    for (const auto kind : {RecordKind::event_accepted, RecordKind::deliveries_made, RecordKind::deliveries_cancelled,
                            RecordKind::registry_changed})
        EXPECT_EQ(decode_record(byte_of(kind), bytes).error().code, Errc::corrupt);
}

TEST(RecordCodec, ALongerFormOfANumberIsDamage) {
    // Installation 1 written as 81 00.
    EXPECT_FALSE(decode_record(byte_of(RecordKind::deliveries_rescheduled), std::string("\x01\x81\x00\x02", 4)));
    // More than 64 bits.
    EXPECT_FALSE(decode_record(byte_of(RecordKind::deliveries_rescheduled),
                               std::string("\x01") + std::string(9, '\xff') + "\x02\x02"));
}

TEST(RecordCodec, AMomentBeyondItsBoundIsDamage) {
    std::string bytes = "\x01\x01";
    RecordWriter(bytes).signed_number(kMomentMax);
    EXPECT_FALSE(decode_record(byte_of(RecordKind::deliveries_rescheduled), bytes));
}

TEST(RecordCodec, TheHotPathReservesOnce) {
    const auto record = small_event();
    std::string bytes;
    encode(record, bytes);
    const auto capacity = bytes.capacity();
    bytes.clear();
    bytes.shrink_to_fit();
    encode(record, bytes);
    EXPECT_EQ(bytes.capacity(), capacity);
    EXPECT_LE(bytes.size(), capacity);
}

}  // namespace
}  // namespace posthorn::wire
