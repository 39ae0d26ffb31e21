#pragma once
// An inspector: a temporary add-on of our own that hears everything and keeps what it hears.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/id.h"
#include "base/moment.h"
#include "registry/api_key.h"

namespace posthorn::inspect {

/// What is kept at most; then the oldest calls go first.
struct InspectorLimits {
    std::size_t inspectors_max = 100;
    std::size_t calls_max = 5'000;                ///< Of one inspector.
    std::uint64_t bytes_max = 64 << 20;           ///< Of one inspector.
    std::uint64_t bytes_in_all_max = 256 << 20;   ///< Of all; the inspector that has most gives first.
    std::size_t hosts_max = 100;                  ///< Secrets of one inspector.
    std::size_t ended_max = 1'000;                ///< How many are remembered as ended, ...
    Millis ended_for = std::chrono::days(7);      ///< ... and how long.
};

/// Which event types its descriptor names.
enum class Hears : std::uint8_t { product_of_tenant, both_products };

enum class EndReason : std::uint8_t { expired, deleted };
constexpr std::string_view to_text(EndReason why) { return why == EndReason::expired ? "expired" : "deleted"; }

/// Of the key of its add-on; the id follows.
inline constexpr std::string_view kInspectorKeyPrefix = "posthorn-inspector-";

/// A value.
struct Inspector {
    std::string id;                     ///< 128 random bits in hex; stands in descriptor and handler URLs.
    registry::TokenHash secret_hash{};  ///< Of another 128 bits: the right to see it.
    TenantId tenant;                    ///< Whose keys may delete it.
    Hears hears = Hears::product_of_tenant;
    Moment created_at;
    Moment expires_at;
    std::uint64_t last_number = 0;  ///< Of its calls.
    std::uint64_t calls_kept = 0;
    std::uint64_t bytes = 0;        ///< Of the calls that are kept.

    std::uint64_t calls_dropped() const { return last_number - calls_kept; }
    std::string addon_key() const { return std::string(kInspectorKeyPrefix) + id; }
};

/// One that has ended: only that is remembered.
struct EndedInspector {
    std::string id;
    registry::TokenHash secret_hash{};
    Moment at;
    EndReason why = EndReason::expired;
};

/// A host that has installed an inspector, by its clientKey.
struct InspectorHost {
    std::string client_key;
    std::string base_url;
    std::string sealed_secret;
    bool is_verified = false;  ///< By a token of this server's or Atlassian's install keys.
    bool is_installed = true;  ///< False once it said uninstalled, in a call whose token holds.
    Moment at;                 ///< Of the last install.
};

}  // namespace posthorn::inspect
