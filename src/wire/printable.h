#pragma once
// Foreign text made fit for showing: on a terminal, in a log, in an answer.

#include <cstddef>
#include <string>
#include <string_view>

#include "wire/percent.h"

namespace posthorn::wire {

/// Foreign text on one line: control characters (escape sequences begin with one), characters that change the
/// direction of text and what is not UTF-8 shown as "?"; line ends and tabs as spaces.
std::string printable(std::string_view text);
/// The same, but line ends and tabs stay: for bodies.
std::string printable_lines(std::string_view text);

/// The code point of one whole UTF-8 sequence.
char32_t code_point_of(std::string_view sequence);

/// Calls `use` with each code point's bytes; malformed bytes one by one as "?".
template <class Use>
void each_code_point(std::string_view text, Use use) {
    while (!text.empty()) {
        const auto length = utf8_sequence_bytes(text);
        use(length == 0 ? std::string_view("?") : text.substr(0, length));
        text.remove_prefix(length == 0 ? 1 : length);
    }
}

}  // namespace posthorn::wire
