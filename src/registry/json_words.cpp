#include "registry/json_words.h"

namespace posthorn::registry {

namespace {
constexpr std::size_t kShownBytesMax = 80;
}

std::string quoted(std::string_view text) {
    const bool is_cut = text.size() > kShownBytesMax;
    std::string shown = "\"";
    for (const char c : text.substr(0, kShownBytesMax)) {
        const auto byte = static_cast<unsigned char>(c);
        shown += byte < 0x20 || byte == 0x7f ? '?' : c;
    }
    if (is_cut) {
        // Not in the middle of a UTF-8 sequence.
        while ((static_cast<unsigned char>(shown.back()) & 0xC0U) == 0x80U) shown.pop_back();
        if ((static_cast<unsigned char>(shown.back()) & 0x80U) != 0) shown.pop_back();
        shown += "...";
    }
    return shown + "\"";
}

std::string_view kind_shown(wire::JsonView value) {
    switch (value.kind()) {
        case wire::JsonKind::null: return "null";
        case wire::JsonKind::boolean: return *value.boolean() ? "true" : "false";
        case wire::JsonKind::number: return "a number";
        case wire::JsonKind::string: return "a string";
        case wire::JsonKind::array: return "a list";
        case wire::JsonKind::object: return "an object";
    }
    return "null";
}

std::string shown(wire::JsonView value) {
    if (value.is_string()) return "the string " + quoted(value.string());
    if (value.kind() == wire::JsonKind::number) {
        const auto raw = value.raw();
        return "the number " + std::string(raw.substr(0, kShownBytesMax)) + (raw.size() > kShownBytesMax ? "..." : "");
    }
    return std::string(kind_shown(value));
}

}  // namespace posthorn::registry
