#include "program/terminal.h"

#include <charconv>
#include <cstdlib>

#include <sys/ioctl.h>
#include <unistd.h>

#include "wire/printable.h"

namespace posthorn::program {

namespace {

std::string_view code_of(Style style) {
    switch (style) {
        case Style::plain: return "";
        case Style::bold: return "\x1b[1m";
        case Style::dim: return "\x1b[2m";
        case Style::red: return "\x1b[31m";
        case Style::green: return "\x1b[32m";
        case Style::yellow: return "\x1b[33m";
        case Style::cyan: return "\x1b[36m";
    }
    return "";
}

struct Range {
    char32_t first;
    char32_t last;
};

// The blocks of wide characters, in outline: Unicode 15, EastAsianWidth.txt.
constexpr Range kWide[] = {{0x1100, 0x115F}, {0x2E80, 0xA4CF}, {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},  {0xFE30, 0xFE6F},
                           {0xFF00, 0xFF60}, {0xFFE0, 0xFFE6}, {0x1F300, 0x1FAFF}, {0x20000, 0x3FFFD}};
constexpr Range kCombining[] = {{0x0300, 0x036F}, {0x200B, 0x200D}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}};

template <std::size_t N>
bool is_in(const Range (&ranges)[N], char32_t point) {
    for (const auto& range : ranges)
        if (point >= range.first && point <= range.last) return true;
    return false;
}

std::size_t columns_of_point(char32_t point) {
    if (is_in(kCombining, point)) return 0;
    return is_in(kWide, point) ? 2 : 1;
}

}  // namespace

Paint Paint::for_stream(std::FILE* stream) {
    const char* no_color = std::getenv("NO_COLOR");
    const char* term = std::getenv("TERM");
    const bool is_off =
        (no_color != nullptr && *no_color != '\0') || (term != nullptr && std::string_view(term) == "dumb");
    return Paint(!is_off && is_terminal(stream) ? Colours::on : Colours::off);
}

std::string Paint::operator()(Style style, std::string_view text) const {
    const auto code = code_of(style);
    if (!has_colours() || code.empty() || text.empty()) return std::string(text);
    return std::string(code) + std::string(text) + "\x1b[0m";
}

bool is_terminal(std::FILE* stream) { return ::isatty(::fileno(stream)) == 1; }

std::size_t columns_of(std::FILE* stream) {
    winsize size{};
    if (is_terminal(stream) && ::ioctl(::fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
    const char* text = std::getenv("COLUMNS");
    if (text == nullptr) return 0;
    std::size_t count = 0;
    const std::string_view digits(text);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), count);
    return error == std::errc() && end == digits.data() + digits.size() ? count : 0;
}

std::size_t columns(std::string_view text) {
    std::size_t count = 0;
    wire::each_code_point(text,
                          [&](std::string_view sequence) { count += columns_of_point(wire::code_point_of(sequence)); });
    return count;
}

std::string cut_to(std::string_view text, std::size_t columns_max) {
    if (columns(text) <= columns_max) return std::string(text);
    if (columns_max == 0) return {};
    std::string cut;
    std::size_t used = 0;
    bool is_full = false;
    wire::each_code_point(text, [&](std::string_view sequence) {
        const auto width = columns_of_point(wire::code_point_of(sequence));
        is_full = is_full || used + width > columns_max - 1;
        if (is_full) return;
        used += width;
        cut += sequence;
    });
    return cut + "…";
}

}  // namespace posthorn::program
