#pragma once
// delivery -> request target, headers and body (connect.md sections 2 and 5).

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "catalogue/catalogue.h"
#include "model/delivery.h"
#include "model/event.h"
#include "registry/custom_types.h"
#include "registry/installation.h"

namespace posthorn::render {

/// A request, but for its Authorization header, which sign/ makes.
struct Call {
    std::string target;                ///< Path and query, as on the wire.
    std::size_t base_path_bytes = 0;   ///< How much of it is the path of baseUrl, which the qsh leaves out.
    std::string header_lines;          ///< "Name: value\r\n" each; without Host, Authorization, Content-Length.
    std::string body;
    std::vector<std::string> notes;    ///< For the delivery's history: a variable without value.
    bool is_unsafe = false;            ///< A value made a dot segment: must not be sent.
};

/// What a call depends on beside its event and installation.
struct CallContext {
    const catalogue::Catalogue& catalogue;
    const registry::TenantCustomTypes& custom_types;
    std::string_view store_id;  ///< Makes identifiers unique over all stores.
};

/// The call of a delivery. `webhook` is null for a delivery to the lifecycle URL (enabled, disabled), which the
/// installation must have. `retry` is 0 for the first attempt, n for the nth repeat. Net thread; pure.
Call render(const model::Event& event, const model::Delivery& delivery, const registry::Installation& installation,
            const registry::Webhook* webhook, std::uint32_t retry, const CallContext& context);

/// X-Atlassian-Webhook-Identifier: unique, the same on every retry, another one for a replay.
std::string webhook_identifier(DeliveryId delivery, std::string_view store_id);

/// The payload as it came, with `timestamp` and `webhookEvent` put in front where it has none.
void append_body(const model::Event& event, std::string& body);

}  // namespace posthorn::render
