#pragma once
// The duty to bring one event to one webhook, and what came of it.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.h"
#include "base/moment.h"

namespace posthorn::model {

enum class DeliveryState : std::uint8_t { pending, retrying, delivered, dead, cancelled };
enum class DeadReason : std::uint8_t { none, unsafe_url, status, gone, exhausted, deadline };

std::string_view to_string(DeliveryState state);
std::string_view to_string(DeadReason reason);
std::optional<DeliveryState> parse_delivery_state(std::string_view text);

inline bool is_final(DeliveryState state) {
    return state != DeliveryState::pending && state != DeliveryState::retrying;
}

/// The webhook number of a delivery that goes to the add-on's lifecycle URL (enabled, disabled) instead.
inline constexpr WebhookNumber kLifecycleWebhook = 0;

/// Deliveries of one installation with the same key are made one after another, in the order of their ids. A hash: two
/// values of a variable may share one, which costs time and breaks nothing.
using OrderKey = std::uint64_t;
inline constexpr OrderKey kUnordered = 0;

struct Delivery {
    DeliveryId id;
    EventId event;
    InstallationId installation;
    WebhookNumber webhook = kLifecycleWebhook;
    DeliveryState state = DeliveryState::pending;
    DeadReason reason = DeadReason::none;
    std::uint32_t attempts = 0;  ///< How many have ended.
    Moment due_at{};             ///< Not sent before; meaningless once final.
    Moment made_at{};            ///< When it was made: the event's acceptance, or the replay's.
    DeliveryId replay_of;        ///< The delivery that this one replays, or none.
    OrderKey order = kUnordered;

    bool operator==(const Delivery&) const = default;
};

/// Why no answer came. `none` when one did.
enum class Failure : std::uint8_t {
    none,
    unresolved,         ///< The receiver's name has no address, or no name server answered.
    address_forbidden,  ///< Every address of the name is one that the address rules refuse.
    refused,            ///< The connection was refused or unreachable.
    connect_timeout,
    answer_timeout,
    tls,     ///< Handshake or certificate.
    broken,  ///< The connection broke, or the answer was no HTTP.
    unsafe_url,  ///< Not sent: a value made a dot segment, connect.md section 2.
};
std::string_view to_string(Failure failure);

/// Parts of an attempt's time in microseconds; -1 for a part that did not happen (a reused connection
/// has neither name, connect nor TLS).
struct AttemptTimes {
    std::int32_t dns_us = -1;
    std::int32_t connect_us = -1;
    std::int32_t tls_us = -1;
    std::int32_t first_byte_us = -1;  ///< From the start of the attempt.
    std::int32_t total_us = -1;       ///< From the start of the attempt to the end of the answer.

    bool operator==(const AttemptTimes&) const = default;
};

/// One HTTP request of a delivery and what it met.
struct Attempt {
    std::uint32_t number = 0;  ///< 1, 2, ... within its delivery.
    Moment started_at{};
    std::uint16_t status = 0;  ///< 0 when no answer came.
    Failure failure = Failure::none;
    std::string detail;  ///< The failure in words, for a person; empty with an answer.
    AttemptTimes times;
    std::string address;           ///< The address that was connected to, such as 127.0.0.1:8080; may be empty.
    std::string url;               ///< Where it went, with the query.
    std::string response_headers;  ///< "name: value" lines joined by "\n", at most 8 KiB.
    std::string response_body;     ///< The first 4 KiB.
    std::vector<std::string> notes;  ///< Such as an empty variable.

    bool operator==(const Attempt&) const = default;
};

/// What we do after an attempt: only outcome/ makes one.
struct Verdict {
    DeliveryState state = DeliveryState::delivered;  ///< delivered, retrying or dead.
    DeadReason reason = DeadReason::none;
    Moment retry_at{};            ///< With `retrying`: when it is due again.
    bool pauses_webhook = false;  ///< The receiver answered 410: the webhook is paused with a notice.

    bool operator==(const Verdict&) const = default;
};

}  // namespace posthorn::model
