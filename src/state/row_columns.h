#pragma once
// The reader's side of the rows: columns and folded outcomes as what queries answer.

#include "base/result.h"
#include "model/event.h"
#include "state/folded.h"
#include "state/sqlite.h"
#include "state/state.h"
#include "state/type_numbers.h"

namespace posthorn::state {

/// Put after SELECT; read_delivery reads it.
#define POSTHORN_DELIVERY_COLUMNS                                                                \
    "id, event, tenant, type, installation, webhook, state, reason, attempts, due_at, made_at, " \
    "replay_of, ended_at, last_status, last_failure, last_total_us, order_key "

Result<DeliveryRow> read_delivery(const Statement& row, TypeNumbers& types);

/// The columns of an event but its payload.
struct EventColumns {
    EventId id;
    TenantId tenant;
    TypeNumber type = 0;
    Moment accepted_at;
    std::uint64_t deliveries = 0;
};

#define POSTHORN_EVENT_COLUMNS "id, tenant, type, accepted_at, deliveries "
EventColumns read_event(const Statement& row);

/// A folded delivery as if it had a row.
Result<DeliveryRow> row_of(const Folded& folded, const EventColumns& event, TypeNumbers& types);

/// Errors: corrupt.
Result<model::EventPtr> event_of(std::string_view blob);

}  // namespace posthorn::state
