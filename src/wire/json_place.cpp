#include "wire/json_place.h"

#include <algorithm>

#include "wire/json.h"

namespace posthorn::wire {

Place place_of(std::string_view text, std::size_t offset) {
    offset = std::min(offset, text.size());
    Place place;
    for (std::size_t i = 0; i < offset; ++i) {
        const char c = text[i];
        const bool ends_line = c == '\n' || (c == '\r' && (i + 1 == text.size() || text[i + 1] != '\n'));
        if (ends_line) {
            ++place.line;
            place.column = 1;
        } else if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) {
            ++place.column;  // A continuation byte belongs to the character before it.
        }
    }
    return place;
}

std::size_t offset_of(std::string_view checked, std::string_view pointer) {
    const JsonView root(checked);
    for (;;) {
        if (const auto found = root.at_pointer(pointer)) {
            return static_cast<std::size_t>(found->begin() - checked.data());
        }
        const std::size_t last_step = pointer.rfind('/');
        pointer = pointer.substr(0, last_step == std::string_view::npos ? 0 : last_step);
    }
}

std::string to_string(Place place) {
    return "line " + std::to_string(place.line) + ", column " + std::to_string(place.column);
}

}  // namespace posthorn::wire
