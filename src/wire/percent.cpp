#include "wire/percent.h"

#include <array>
#include <cstdint>
#include <cstring>

namespace posthorn::wire {
namespace {

constexpr std::string_view kHexDigits = "0123456789ABCDEF";

constexpr std::array<bool, 256> kUnreserved = [] {
    std::array<bool, 256> table{};
    for (unsigned char c = '0'; c <= '9'; ++c) table[c] = true;
    for (unsigned char c = 'a'; c <= 'z'; ++c) table[c] = true;
    for (unsigned char c = 'A'; c <= 'Z'; ++c) table[c] = true;
    for (const unsigned char c : {'-', '.', '_', '~'}) table[c] = true;
    return table;
}();

// Appends the decoded text; false, and the rest as it stands, at an escape without two hex digits if
// `is_strict`.
bool decode(std::string& out, std::string_view text, Plus plus, bool is_strict) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '%') {
            const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
            const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
            if (high >= 0 && low >= 0) {
                out.push_back(static_cast<char>(high * 16 + low));
                i += 2;
                continue;
            }
            if (is_strict) return false;
        }
        out.push_back(c == '+' && plus == Plus::space ? ' ' : c);
    }
    return true;
}

}  // namespace

bool is_unreserved(char c) { return kUnreserved[static_cast<unsigned char>(c)]; }

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

void append_percent_encoded(std::string& out, std::string_view text) {
    for (const char c : text) {
        if (is_unreserved(c)) {
            out.push_back(c);
        } else {
            const auto byte = static_cast<unsigned char>(c);
            out.push_back('%');
            out.push_back(kHexDigits[byte >> 4]);
            out.push_back(kHexDigits[byte & 15]);
        }
    }
}

std::string percent_encode(std::string_view text) {
    std::string out;
    append_percent_encoded(out, text);
    return out;
}

void append_percent_decoded(std::string& out, std::string_view text, Plus plus) { decode(out, text, plus, false); }

std::string percent_decode(std::string_view text, Plus plus) {
    std::string out;
    append_percent_decoded(out, text, plus);
    return out;
}

std::optional<std::string> percent_decode_strict(std::string_view text, Plus plus) {
    std::string out;
    if (!decode(out, text, plus, true)) return std::nullopt;
    return out;
}

std::size_t utf8_sequence_bytes(std::string_view bytes) {
    const auto byte = [bytes](std::size_t i) -> unsigned {
        return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0u;
    };
    const auto is_continuation = [&byte](std::size_t i) { return (byte(i) & 0xC0u) == 0x80u; };
    const unsigned first = byte(0);
    if (first < 0x80) return 1;
    if (first >= 0xC2 && first <= 0xDF) return is_continuation(1) ? 2 : 0;
    // The second byte's range keeps out overlong forms, surrogates and what lies beyond U+10FFFF.
    if (first >= 0xE0 && first <= 0xEF) {
        const unsigned low = first == 0xE0 ? 0xA0 : 0x80;
        const unsigned high = first == 0xED ? 0x9F : 0xBF;
        return byte(1) >= low && byte(1) <= high && is_continuation(2) ? 3 : 0;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        const unsigned low = first == 0xF0 ? 0x90 : 0x80;
        const unsigned high = first == 0xF4 ? 0x8F : 0xBF;
        return byte(1) >= low && byte(1) <= high && is_continuation(2) && is_continuation(3) ? 4 : 0;
    }
    return 0;
}

bool is_utf8(std::string_view bytes) {
    while (!bytes.empty()) {
        std::size_t length = 8;
        std::uint64_t eight = 0;
        if (bytes.size() >= length) std::memcpy(&eight, bytes.data(), length);
        // Eight ASCII bytes at a time, for most text is that.
        if (bytes.size() < length || (eight & 0x8080808080808080u) != 0) {
            length = utf8_sequence_bytes(bytes);
            if (length == 0) return false;
        }
        bytes.remove_prefix(length);
    }
    return true;
}

}  // namespace posthorn::wire
