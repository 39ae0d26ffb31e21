#include "wire/json_string.h"

#include "wire/percent.h"

namespace posthorn::wire {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
constexpr std::string_view kHexDigits = "0123456789abcdef";

// The four hex digits at `at`; they are there, for the text was checked.
char32_t code_unit(std::string_view raw, std::size_t at) {
    char32_t unit = 0;
    for (std::size_t i = at; i < at + 4; ++i) unit = unit * 16 + static_cast<char32_t>(hex_digit(raw[i]));
    return unit;
}

void append_escape(std::string& out, unsigned char c) {
    switch (c) {
        case '"': out += "\\\""; return;
        case '\\': out += "\\\\"; return;
        case '\n': out += "\\n"; return;
        case '\r': out += "\\r"; return;
        case '\t': out += "\\t"; return;
        default:
            out += "\\u00";
            out += kHexDigits[c >> 4];
            out += kHexDigits[c & 15];
    }
}

}  // namespace

void append_utf8(std::string& out, char32_t c) {
    const auto byte = [&out](char32_t value) { out.push_back(static_cast<char>(value)); };
    if (c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF)) {
        out += kReplacement;
    } else if (c < 0x80) {
        byte(c);
    } else if (c < 0x800) {
        byte(0xC0 | (c >> 6));
        byte(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
        byte(0xE0 | (c >> 12));
        byte(0x80 | ((c >> 6) & 0x3F));
        byte(0x80 | (c & 0x3F));
    } else {
        byte(0xF0 | (c >> 18));
        byte(0x80 | ((c >> 12) & 0x3F));
        byte(0x80 | ((c >> 6) & 0x3F));
        byte(0x80 | (c & 0x3F));
    }
}

void append_json_string(std::string& out, std::string_view text) {
    out.push_back('"');
    std::size_t start = 0;  // What lies between here and i is copied in one go.
    std::size_t i = 0;
    while (i < text.size()) {
        const auto c = static_cast<unsigned char>(text[i]);
        if (c >= 0x80) {
            const std::size_t length = utf8_sequence_bytes(text.substr(i));
            if (length > 0) {
                i += length;
                continue;
            }
        } else if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7F) {
            ++i;
            continue;
        }
        out += text.substr(start, i - start);
        if (c >= 0x80) out += kReplacement;
        else append_escape(out, c);
        start = ++i;
    }
    out += text.substr(start);
    out.push_back('"');
}

std::string json_string(std::string_view text) {
    std::string out;
    append_json_string(out, text);
    return out;
}

std::string decode_json_string(std::string_view raw) {
    std::string out;
    out.reserve(raw.size());
    for (std::size_t i = 0; i < raw.size();) {
        const std::size_t escape = raw.find('\\', i);
        out += raw.substr(i, escape == std::string_view::npos ? escape : escape - i);
        if (escape == std::string_view::npos) break;
        const char kind = raw[escape + 1];
        i = escape + 2;
        switch (kind) {
            case 'b': out.push_back('\b'); break;
            case 'f': out.push_back('\f'); break;
            case 'n': out.push_back('\n'); break;
            case 'r': out.push_back('\r'); break;
            case 't': out.push_back('\t'); break;
            case 'u': {
                char32_t unit = code_unit(raw, i);
                i += 4;
                if (unit >= 0xD800 && unit <= 0xDBFF && raw.substr(i, 2) == "\\u") {
                    const char32_t low = code_unit(raw, i + 2);
                    if (low >= 0xDC00 && low <= 0xDFFF) {
                        unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
                        i += 6;
                    }
                }
                append_utf8(out, unit);
                break;
            }
            default: out.push_back(kind);
        }
    }
    return out;
}

}  // namespace posthorn::wire
