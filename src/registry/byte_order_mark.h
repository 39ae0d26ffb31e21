#pragma once
// The mark that some programs write in front of UTF-8 files, which JSON does not allow.

#include <string_view>

namespace posthorn::registry {

constexpr std::string_view without_byte_order_mark(std::string_view text) {
    constexpr std::string_view kMark = "\xEF\xBB\xBF";
    return text.starts_with(kMark) ? text.substr(kMark.size()) : text;
}

}  // namespace posthorn::registry
