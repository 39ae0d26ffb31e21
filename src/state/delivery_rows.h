#pragma once
// The writer's side of the rows of deliveries and attempts.

#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "base/result.h"
#include "model/delivery.h"
#include "state/sqlite.h"
#include "state/type_numbers.h"
#include "wire/record_codec.h"

namespace posthorn::state {

/// A row of `deliveries` as it is written.
struct WrittenDelivery {
    model::Delivery delivery;
    TenantId tenant;
    TypeNumber type = 0;
    /// Made by a replay or by recover, so that its id lies outside of its event's.
    enum class Origin : std::uint8_t { accepted, made } origin = Origin::accepted;
    std::optional<wire::AttemptSummary> last;
};

/// What an event's row says of its deliveries.
struct EventFacts {
    TenantId tenant;
    TypeNumber type = 0;
};

/// Within the writer's transaction. Errors of all: as Database; corrupt where a folded blob is damaged.
class DeliveryRows {
public:
    explicit DeliveryRows(Database& database) : database_(database) {}

    Result<void> insert(const WrittenDelivery& row);
    Result<void> insert_attempt(DeliveryId delivery, std::uint32_t place, std::string_view attempt);
    Result<std::optional<EventFacts>> find_event(EventId event);

    /// Records an attempt; the state follows the verdict unless it is final. False when there is no such row.
    Result<bool> end_attempt(const wire::AttemptEndedView& ended);
    /// Turns a folded delivery into rows. False when it is not there.
    Result<bool> unfold(DeliveryId delivery);

    Result<void> cancel(DeliveryId delivery);
    /// Dead with reason `deadline`, if it still waits.
    Result<void> expire(DeliveryId delivery);
    Result<void> cancel_all(InstallationId installation);
    Result<void> reschedule_all(InstallationId installation, Moment due_at);

    /// Writes how many wait for each installation, where that changed since `forget`.
    Result<void> write_waiting();
    std::int64_t waiting_change() const;
    void forget() { waiting_changes_.clear(); }

private:
    /// An earlier delivery of the same key waits.
    Result<bool> is_blocked(const model::Delivery& delivery);
    /// One of that key is final: the next is the head now.
    Result<void> unblock(InstallationId installation, std::int64_t order_key);
    /// Behind an UPDATE that returned the installation and order key of a row that waits no more.
    Result<void> left(Statement& update);

    Database& database_;
    std::unordered_map<InstallationId, std::int64_t> waiting_changes_;
};

}  // namespace posthorn::state
