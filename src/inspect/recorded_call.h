#pragma once
// One call that an inspector got, as it is kept and shown.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/object.hpp>

#include "base/moment.h"
#include "wire/http1.h"

namespace posthorn::inspect {

/// The most of a body that is kept; the size as it came is kept too.
inline constexpr std::size_t kBodyBytesKept = (1024 + 64) * 1024;  // An event of 1 MiB, and what calls add to it.
/// A longer body is refused with 413.
inline constexpr std::size_t kBodyBytesMax = 2 * 1024 * 1024;

/// A value.
struct RecordedCall {
    enum class Kind : std::uint8_t { event, lifecycle };

    std::uint64_t number = 0;  ///< 1, 2, ... within its inspector, never used again.
    Moment at;
    Kind kind = Kind::event;
    std::string name;    ///< The event type, or "installed", "enabled", ...
    std::string method;
    std::string target;  ///< Path below the inspector's baseUrl, and query, as on the wire.
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;               ///< The first kBodyBytesKept; bytes as they came, a shared secret masked.
    std::uint64_t body_bytes = 0;   ///< As it came.
    std::uint16_t answered = 0;
    std::string token_summary;  ///< JSON: what a list shows of the token.
    std::string token;          ///< JSON: everything.

    std::optional<std::string_view> header(std::string_view name_wanted) const;
    /// What it takes in the store, about.
    std::size_t bytes_kept() const;
};

/// The body with the value of each top-level member `sharedSecret` replaced by "***", and that value (of the first
/// one, if it is a string). Any bytes: what is no JSON object comes back as it is.
struct MaskedBody {
    std::string body;
    std::string secret;
};
MaskedBody mask_secret(std::string_view body);

/// The other way round: the body with `secret` (no character that JSON escapes) as the value of each top-level member
/// `sharedSecret`.
std::string put_secret(std::string_view body, const std::string& secret);

/// A member of a JSON object as text; empty if it is no object, or the member no string.
std::string text_member(std::string_view body, std::string_view name);

/// The number that X-Atlassian-Webhook-Retry has; nothing if it is no number.
std::optional<std::uint32_t> retry_of(const RecordedCall& call);

}  // namespace posthorn::inspect
