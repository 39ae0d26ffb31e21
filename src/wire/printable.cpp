#include "wire/printable.h"

namespace posthorn::wire {

namespace {

bool is_control(char32_t point) {
    // The last two rows change the direction of what follows and so can make text look like another.
    return point < 0x20 || (point >= 0x7F && point < 0xA0) || (point >= 0x202A && point <= 0x202E) ||
           (point >= 0x2066 && point <= 0x2069);
}

std::string made_printable(std::string_view text, bool (*is_kept)(char32_t)) {
    std::string shown;
    shown.reserve(text.size());
    each_code_point(text, [&](std::string_view sequence) {
        const auto point = code_point_of(sequence);
        if (!is_control(point) || is_kept(point)) shown += sequence;
        else shown += point == '\n' || point == '\t' ? " " : point == '\r' ? "" : "?";
    });
    return shown;
}

}  // namespace

char32_t code_point_of(std::string_view sequence) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(sequence[i]); };
    switch (sequence.size()) {
        case 1: return byte(0);
        case 2: return static_cast<char32_t>((byte(0) & 0x1FU) << 6U | (byte(1) & 0x3FU));
        case 3: return static_cast<char32_t>((byte(0) & 0x0FU) << 12U | (byte(1) & 0x3FU) << 6U | (byte(2) & 0x3FU));
        default:
            return static_cast<char32_t>((byte(0) & 0x07U) << 18U | (byte(1) & 0x3FU) << 12U | (byte(2) & 0x3FU) << 6U |
                                         (byte(3) & 0x3FU));
    }
}

std::string printable(std::string_view text) {
    return made_printable(text, [](char32_t) { return false; });
}

std::string printable_lines(std::string_view text) {
    return made_printable(text, [](char32_t point) { return point == '\n' || point == '\t'; });
}

}  // namespace posthorn::wire
