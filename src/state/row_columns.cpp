#include "state/row_columns.h"

#include <utility>

namespace posthorn::state {

Result<DeliveryRow> read_delivery(const Statement& row, TypeNumbers& types) {
    DeliveryRow read;
    read.delivery = {DeliveryId{row.number(0)},
                     EventId{row.number(1)},
                     InstallationId{row.number(4)},
                     static_cast<WebhookNumber>(row.integer(5)),
                     static_cast<model::DeliveryState>(row.integer(6)),
                     static_cast<model::DeadReason>(row.integer(7)),
                     static_cast<std::uint32_t>(row.integer(8)),
                     row.moment(9),
                     row.moment(10),
                     DeliveryId{row.number(11)}};
    read.tenant = TenantId{row.number(2)};
    POSTHORN_TRY(read.event_type, types.name_of(row.integer(3)));
    if (!row.is_null(16)) read.delivery.order = static_cast<model::OrderKey>(row.integer(16));
    if (!row.is_null(12)) read.ended_at = row.moment(12);
    read.last_status = static_cast<std::uint16_t>(row.integer(13));
    read.last_failure = static_cast<model::Failure>(row.integer(14));
    read.last_total_us = static_cast<std::int32_t>(row.integer(15));
    return read;
}

EventColumns read_event(const Statement& row) {
    return {EventId{row.number(0)}, TenantId{row.number(1)}, row.integer(2), row.moment(3), row.number(4)};
}

Result<DeliveryRow> row_of(const Folded& folded, const EventColumns& event, TypeNumbers& types) {
    POSTHORN_TRY(const auto last, wire::summarize_attempt(folded.attempt));
    DeliveryRow row;
    row.delivery.id = delivery_of(event.id, folded.place);
    row.delivery.event = event.id;
    row.delivery.installation = folded.installation;
    row.delivery.webhook = folded.webhook;
    row.delivery.state = model::DeliveryState::delivered;
    row.delivery.attempts = 1;
    row.delivery.made_at = event.accepted_at;
    row.tenant = event.tenant;
    POSTHORN_TRY(row.event_type, types.name_of(event.type));
    row.ended_at = last.ended_at();
    row.last_status = last.status;
    row.last_failure = last.failure;
    row.last_total_us = last.total_us;
    return row;
}

Result<model::EventPtr> event_of(std::string_view blob) {
    POSTHORN_TRY(auto event, wire::decode_event(blob));
    return model::EventPtr(std::make_shared<const model::Event>(std::move(event)));
}

}  // namespace posthorn::state
