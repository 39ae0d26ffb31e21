#pragma once
// Typed ids, and how event and delivery ids look outside.

#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace posthorn {

/// A number that can't be mixed up with another kind of number. 0 means none.
template <class Tag>
struct Id {
    std::uint64_t value = 0;
    auto operator<=>(const Id&) const = default;
    explicit operator bool() const { return value != 0; }
};

using TenantId = Id<struct TenantTag>;
using InstallationId = Id<struct InstallationTag>;
using EventId = Id<struct EventTag>;
using DeliveryId = Id<struct DeliveryTag>;
/// Counts the webhooks of one installation: 1, 2, ...; never used again for another webhook.
using WebhookNumber = std::uint32_t;

/// `prefix` and the number in 13 characters of Crockford's base 32, lower case: evt_06f2v8z3k4000. Sorts
/// like the number.
std::string to_text(std::string_view prefix, std::uint64_t value);
/// The reverse; nothing when the prefix, the length or a character is wrong.
std::optional<std::uint64_t> from_text(std::string_view prefix, std::string_view text);

inline std::string to_string(EventId id) { return to_text("evt_", id.value); }
inline std::string to_string(DeliveryId id) { return to_text("dlv_", id.value); }
std::optional<EventId> parse_event_id(std::string_view text);
std::optional<DeliveryId> parse_delivery_id(std::string_view text);

/// Event and delivery ids of one store. From the top: 41 bits of milliseconds since 2025, 10 bits that
/// count within one, 12 bits for the deliveries of the event. Delivery n (0, 1, ...) of event e has the
/// id e + 1 + n; an event with more deliveries than 12 bits hold takes the numbers behind it as well. So
/// ids grow with time, fit SQLite's signed integers until 2094, and a delivery's id leads to its event:
/// the largest event id below it.
class IdSource {
public:
    /// Goes on behind `last`, the highest id ever given out by this store (0 for a new one).
    explicit IdSource(std::uint64_t last) : last_(last) {}

    /// An id for an event with `deliveries` deliveries (or, with the event's part unused, for deliveries
    /// that a replay makes). `now_ms` is epoch milliseconds.
    EventId next(std::int64_t now_ms, std::size_t deliveries);

    std::uint64_t last() const { return last_; }

private:
    std::uint64_t last_;
};

/// An id of `ms` (epoch milliseconds) or before is at most this; one below it may be a little younger than it looks, for
/// ids run ahead of the clock when a millisecond has more than they count.
std::uint64_t last_id_at(std::int64_t ms);

inline DeliveryId delivery_of(EventId event, std::size_t n) { return DeliveryId{event.value + 1 + n}; }

/// The highest id that an event's deliveries use.
inline std::uint64_t last_id_of(EventId event, std::size_t deliveries) { return event.value + deliveries; }

}  // namespace posthorn

template <class Tag>
struct std::hash<posthorn::Id<Tag>> {
    std::size_t operator()(posthorn::Id<Tag> id) const noexcept { return std::hash<std::uint64_t>{}(id.value); }
};
