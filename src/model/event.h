#pragma once
// One thing that happened, immutable once accepted.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/id.h"
#include "base/moment.h"

namespace posthorn::model {

enum class Product : std::uint8_t { jira, confluence };

/// "jira" or "confluence".
std::string_view to_string(Product product);
std::optional<Product> parse_product(std::string_view text);

/// Who acted, connect.md section 2; an empty member is not known.
struct ActingUser {
    std::string id;  ///< User name or legacy id.
    std::string key;
    std::string account_id;
    std::string display_name;

    bool is_known() const { return !id.empty() || !key.empty() || !account_id.empty(); }
    bool operator==(const ActingUser&) const = default;
};

/// Whether the event is the fallout of a bulk change (secondary), as the host says; sent on in a header.
enum class Flow : std::uint8_t { unspecified, primary, secondary };

struct Event {
    EventId id;
    TenantId tenant;
    std::string type;  ///< The catalogue's name: jira:version_created, never version_created.
    Moment accepted_at{};
    std::int64_t timestamp_ms = 0;  ///< When it happened: the envelope's or the payload's, else accepted_at.
    ActingUser user;
    Flow flow = Flow::unspecified;
    /// Values of variables that the host gave beside the payload, by name.
    std::vector<std::pair<std::string, std::string>> context;
    std::string traceparent;  ///< W3C trace context, as it came; may be empty.
    /// The JSON object exactly as it came in. What the body of a call adds in front is in the two flags.
    std::string payload;
    bool adds_timestamp = false;      ///< The payload has no `timestamp`: calls put one in front.
    bool adds_webhook_event = false;  ///< The payload has no `webhookEvent`: calls put one in front.

    bool operator==(const Event&) const = default;
};

/// An event is shared by its deliveries, so that its payload is in memory once.
using EventPtr = std::shared_ptr<const Event>;

}  // namespace posthorn::model
