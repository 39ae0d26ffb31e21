#pragma once
// Where in a JSON text something stands, for messages to people.

#include <cstddef>
#include <string>
#include <string_view>

namespace posthorn::wire {

/// Both count from 1. A column is a character (a code point), not a byte.
struct Place {
    std::size_t line = 1;
    std::size_t column = 1;
    bool operator==(const Place&) const = default;
};

/// The place of the byte at `offset` (behind the end counts as the end). Lines end with LF, CR LF or CR.
Place place_of(std::string_view text, std::size_t offset);

/// The offset of the value that `pointer` (RFC 6901) names in checked text; when it or one of its parents
/// is missing, that of the nearest parent that is there.
std::size_t offset_of(std::string_view checked, std::string_view pointer);

/// "line 3, column 7".
std::string to_string(Place place);

}  // namespace posthorn::wire
