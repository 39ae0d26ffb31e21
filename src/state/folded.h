#pragma once
// Outcomes of deliveries that succeeded at once, folded into their event's row: docs/formats/store.md.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/delivery.h"
#include "wire/record_codec.h"

namespace posthorn::state {

/// Points into the blob that it was read from.
struct Folded {
    std::size_t place = 0;  ///< n of delivery_of(event, n).
    InstallationId installation;
    WebhookNumber webhook = model::kLifecycleWebhook;
    std::string_view attempt;  ///< What decode_attempt reads.
};

void append_folded(const Folded& folded, std::string& blob);

/// In the order of their places. Errors: corrupt.
Result<std::vector<Folded>> parse_folded(std::string_view blob);

}  // namespace posthorn::state
