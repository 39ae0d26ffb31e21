#pragma once
// JSON strings: making them, and undoing their escapes.

#include <string>
#include <string_view>

namespace posthorn::wire {

/// Appends `text` as a JSON string with its quotes; control characters, `"` and `\` are escaped, bytes that
/// are not UTF-8 become U+FFFD, so that the result is always JSON.
void append_json_string(std::string& out, std::string_view text);
std::string json_string(std::string_view text);

/// The content of a string of checked JSON, given without its quotes: escapes undone, in UTF-8; a lone
/// surrogate becomes U+FFFD.
std::string decode_json_string(std::string_view raw);

/// Appends a code point as UTF-8; a surrogate or a number beyond Unicode as U+FFFD.
void append_utf8(std::string& out, char32_t code_point);

}  // namespace posthorn::wire
