#pragma once
// What we print on: a terminal with colours and a width, or a file or pipe without.

#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>

#include "wire/printable.h"

namespace posthorn::program {

enum class Style { plain, bold, dim, red, green, yellow, cyan };

/// Puts colours around text, or not. A value.
class Paint {
public:
    enum class Colours { off, on };
    explicit Paint(Colours colours) : colours_(colours) {}
    /// On if `stream` is a terminal, NO_COLOR is unset or empty (https://no-color.org) and TERM isn't "dumb".
    static Paint for_stream(std::FILE* stream);

    bool has_colours() const { return colours_ == Colours::on; }
    std::string operator()(Style style, std::string_view text) const;

private:
    Colours colours_;
};

bool is_terminal(std::FILE* stream);

/// Columns of the terminal that `stream` is, else those of the variable COLUMNS, else no limit (0).
std::size_t columns_of(std::FILE* stream);

// Foreign text, fit for a terminal.
using wire::printable;
using wire::printable_lines;

/// How many columns `text` takes: one per code point, but for CJK and emoji, which take two, and combining marks.
std::size_t columns(std::string_view text);
/// `text` cut to at most `columns_max` columns, the last of them an ellipsis if something was cut off.
std::string cut_to(std::string_view text, std::size_t columns_max);

}  // namespace posthorn::program
