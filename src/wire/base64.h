#pragma once
// Base64 (RFC 4648): with padding, and the form for URLs without.

#include <optional>
#include <string>
#include <string_view>

namespace posthorn::wire {

/// The standard alphabet, with padding, without line breaks.
std::string base64_encode(std::string_view bytes);
/// Strict: padding required, no whitespace, unused bits zero. Nothing if malformed.
std::optional<std::string> base64_decode(std::string_view text);

/// The alphabet with - and _, no padding.
void append_base64url(std::string& out, std::string_view bytes);
std::string base64url_encode(std::string_view bytes);
/// Strict: no padding, unused bits zero. Nothing if malformed.
std::optional<std::string> base64url_decode(std::string_view text);

}  // namespace posthorn::wire
