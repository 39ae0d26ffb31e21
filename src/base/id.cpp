#include "base/id.h"

#include <algorithm>

namespace posthorn {

namespace {

constexpr std::string_view kAlphabet = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr std::size_t kLength = 13;
constexpr std::int64_t kEpochMs = 1'735'689'600'000;  // 2025-01-01T00:00:00Z
constexpr int kDeliveryBits = 12;
constexpr int kCountBits = 10;

}  // namespace

std::string to_text(std::string_view prefix, std::uint64_t value) {
    std::string text;
    text.reserve(prefix.size() + kLength);
    text.append(prefix).append(kLength, kAlphabet[0]);
    for (auto digit = text.rbegin(); value != 0; value >>= 5) *digit++ = kAlphabet[value & 31];
    return text;
}

std::optional<std::uint64_t> from_text(std::string_view prefix, std::string_view text) {
    if (!text.starts_with(prefix)) return std::nullopt;
    text.remove_prefix(prefix.size());
    if (text.size() != kLength) return std::nullopt;
    std::uint64_t value = 0;
    for (const char c : text) {
        const auto digit = kAlphabet.find(c);
        if (digit == std::string_view::npos || (value >> 59) != 0) return std::nullopt;
        value = value << 5 | digit;
    }
    return value;
}

std::optional<EventId> parse_event_id(std::string_view text) {
    const auto value = from_text("evt_", text);
    return value ? std::optional(EventId{*value}) : std::nullopt;
}

std::optional<DeliveryId> parse_delivery_id(std::string_view text) {
    const auto value = from_text("dlv_", text);
    return value ? std::optional(DeliveryId{*value}) : std::nullopt;
}

std::uint64_t last_id_at(std::int64_t ms) {
    if (ms < kEpochMs) return 0;
    return (static_cast<std::uint64_t>(ms - kEpochMs + 1) << (kCountBits + kDeliveryBits)) - 1;
}

EventId IdSource::next(std::int64_t now_ms, std::size_t deliveries) {
    const auto by_clock = static_cast<std::uint64_t>(std::max<std::int64_t>(now_ms - kEpochMs, 1))
                          << (kCountBits + kDeliveryBits);
    const auto behind_last = ((last_ >> kDeliveryBits) + 1) << kDeliveryBits;
    const EventId id{std::max(by_clock, behind_last)};
    last_ = last_id_of(id, deliveries);
    return id;
}

}  // namespace posthorn
