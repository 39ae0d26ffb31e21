#pragma once
// What the journal holds: each record is one of these, encoded by wire/record_codec.h.

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "model/delivery.h"
#include "model/event.h"

namespace posthorn::model {

/// Where one delivery of an accepted event goes; its id follows from its place: delivery_of(event.id, n).
struct Target {
    InstallationId installation;
    WebhookNumber webhook = kLifecycleWebhook;
    OrderKey order = kUnordered;
    bool operator==(const Target&) const = default;
};

/// Keeps a repeated post from becoming a second event, within 24 h and per tenant.
struct Idempotency {
    std::string key;            ///< As the host gave it (for CloudEvents: source, a NUL byte, id). Empty: none.
    std::string payload_hash;   ///< SHA-256 of type and payload, raw 32 bytes; another one is a conflict.
    bool operator==(const Idempotency&) const = default;
};

/// An event and its deliveries, accepted together.
struct EventAccepted {
    EventPtr event;
    std::vector<Target> targets;
    Idempotency idempotency;
};

/// An attempt ended, and what follows from it.
struct AttemptEnded {
    DeliveryId delivery;
    EventId event;
    InstallationId installation;
    WebhookNumber webhook = kLifecycleWebhook;
    Attempt attempt;
    Verdict verdict;
};

/// Deliveries that a person asked for: replays, and what recover found. Their states are `pending`.
struct DeliveriesMade {
    std::vector<Delivery> deliveries;
};

/// Deliveries that will not be made any more: those named, and all waiting ones of `installation` if set.
struct DeliveriesCancelled {
    std::vector<DeliveryId> deliveries;
    InstallationId installation;
    Moment at;
};

/// Deliveries that were not made within their deadline: dead, with that reason.
struct DeliveriesExpired {
    std::vector<DeliveryId> deliveries;
    Moment at;
};

/// Waiting deliveries become due at `due_at`: the named ones of an installation, or all of them.
struct DeliveriesRescheduled {
    InstallationId installation;
    Moment due_at;
};

/// One row of the registry; no value means that it is gone. Meaning of kind, key and value: registry/.
struct RegistryRow {
    std::string kind;
    std::string key;
    std::optional<std::string> value;
    bool operator==(const RegistryRow&) const = default;
};

/// Rows that change together.
struct RegistryChanged {
    std::vector<RegistryRow> rows;
};

using Record = std::variant<EventAccepted, AttemptEnded, DeliveriesMade, DeliveriesCancelled, DeliveriesRescheduled,
                            RegistryChanged, DeliveriesExpired>;

}  // namespace posthorn::model
