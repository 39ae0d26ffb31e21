#pragma once
// Percent-encoding (RFC 3986 section 2) and UTF-8 checks.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace posthorn::wire {

/// A-Z a-z 0-9 - . _ ~
bool is_unreserved(char c);

/// The value of a hexadecimal digit, -1 for anything else.
int hex_digit(char c);

/// Appends `text` with every byte but the unreserved ones as %XX, upper-case hex.
void append_percent_encoded(std::string& out, std::string_view text);
std::string percent_encode(std::string_view text);

/// What `+` means: itself, or a space as in the query of a form.
enum class Plus { literal, space };

/// Appends `text` with escapes undone. A `%` without two hex digits behind it stays as it is.
void append_percent_decoded(std::string& out, std::string_view text, Plus plus);
std::string percent_decode(std::string_view text, Plus plus = Plus::literal);

/// The same, but nothing if a `%` has no two hex digits behind it.
std::optional<std::string> percent_decode_strict(std::string_view text, Plus plus = Plus::literal);

/// How many bytes the UTF-8 sequence at the start of `bytes` (not empty) has, 1 to 4; 0 if it is none.
std::size_t utf8_sequence_bytes(std::string_view bytes);

/// Whether the bytes are UTF-8 (RFC 3629: no surrogates, no overlong forms).
bool is_utf8(std::string_view bytes);

}  // namespace posthorn::wire
