// Boost.JSON's parser does the checking; this file only widens what it takes and names the fault.

#include <functional>

#include <boost/json/basic_parser_impl.hpp>

#include "wire/json.h"
#include "wire/json_fault.h"
#include "wire/json_keys.h"
#include "wire/json_place.h"
#include "wire/percent.h"

namespace posthorn::wire {
namespace {

namespace json = boost::json;

// basic_parser tells a handler what it meets; we only want to know whether it gets to the end, and the outermost keys.
struct Accept {
    explicit Accept(std::string_view text_in) : text(text_in) {}

    using Code = json::error_code;
    using Text = json::string_view;

    static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);

    bool on_document_begin(Code&) { return true; }
    bool on_document_end(Code&) { return true; }
    bool on_object_begin(Code&) { return enter(); }
    bool on_object_end(std::size_t, Code&) { return leave(); }
    bool on_array_begin(Code&) { return enter(); }
    bool on_array_end(std::size_t, Code&) { return leave(); }
    bool on_key_part(Text, std::size_t, Code&) { return true; }
    // `key` is what follows the last part, `size` that of all; what an escape stands for lies in the parser's own memory.
    bool on_key(Text key, std::size_t size, Code&) {
        if (depth != 1) return true;
        const bool is_of_text =
            !std::less()(key.data(), text.data()) && std::less()(key.data(), text.data() + text.size());
        keys.are_whole = keys.are_whole && key.size() == size && is_of_text;
        keys.at.emplace_back(key.data(), key.size());
        return true;
    }
    bool on_string_part(Text, std::size_t, Code&) { return true; }
    bool on_string(Text, std::size_t, Code&) { return true; }
    bool on_number_part(Text, Code&) { return true; }
    bool on_int64(std::int64_t, Text, Code&) { return true; }
    bool on_uint64(std::uint64_t, Text, Code&) { return true; }
    bool on_double(double, Text, Code&) { return true; }
    bool on_bool(bool, Code&) { return true; }
    bool on_null(Code&) { return true; }
    bool on_comment_part(Text, Code&) { return true; }
    bool on_comment(Text, Code&) { return true; }

    bool enter() {
        ++depth;
        return true;
    }
    bool leave() {
        --depth;
        return true;
    }

    std::string_view text;
    std::size_t depth = 0;
    JsonKeys keys;
};

struct Verdict {
    bool is_accepted;
    bool is_too_deep;
    std::size_t offset;  // Where the parser stopped.
    JsonKeys keys;
};

Verdict parse(std::string_view text) {
    json::parse_options options;
    options.max_depth = kJsonDepthMax;
    json::basic_parser<Accept> parser(options, text);
    json::error_code code;
    const std::size_t taken = parser.write_some(false, text.data(), text.size(), code);
    return {!code && taken == text.size(), code == json::error::too_deep, taken, std::move(parser.handler().keys)};
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The code unit of `\uXXXX` at `at`, or -1.
int unicode_escape(std::string_view text, std::size_t at) {
    if (at + 6 > text.size() || text[at] != '\\' || text[at + 1] != 'u') return -1;
    int unit = 0;
    for (std::size_t i = at + 2; i < at + 6; ++i) {
        const int digit = hex_digit(text[i]);
        if (digit < 0) return -1;
        unit = unit * 16 + digit;
    }
    return unit;
}

// The parser refuses two things that the grammar of RFC 8259 allows: exponents beyond an int, and escapes
// of lone surrogates. Replaces them by something harmless of the same length, so that all offsets stay:
// an exponent's digits by one digit and spaces, a lone surrogate by \u0020. What is malformed stays so.
std::string soften(std::string_view text) {
    constexpr std::size_t exponent_digits_fine = 8;
    std::string soft(text);
    bool is_in_string = false;
    for (std::size_t i = 0; i < soft.size(); ++i) {
        const char c = soft[i];
        if (!is_in_string) {
            is_in_string = c == '"';
            if ((c != 'e' && c != 'E') || i == 0 || !is_digit(soft[i - 1])) continue;
            std::size_t first = i + 1;
            if (first < soft.size() && (soft[first] == '+' || soft[first] == '-')) ++first;
            std::size_t last = first;
            while (last < soft.size() && is_digit(soft[last])) ++last;
            if (last - first <= exponent_digits_fine) continue;
            soft[first] = '1';
            soft.replace(first + 1, last - first - 1, last - first - 1, ' ');
            i = last - 1;
        } else if (c == '"') {
            is_in_string = false;
        } else if (c == '\\') {
            const int unit = unicode_escape(soft, i);
            if (unit >= 0xD800 && unit <= 0xDFFF) {
                const int next = unicode_escape(soft, i + 6);
                if (unit <= 0xDBFF && next >= 0xDC00 && next <= 0xDFFF) {
                    i += 11;
                } else {
                    soft.replace(i + 2, 4, "0020");
                    i += 5;
                }
            } else {
                ++i;
            }
        }
    }
    return soft;
}

}  // namespace

Result<JsonKeys> check_json_keys(std::string_view text) {
    if (auto verdict = parse(text); verdict.is_accepted) return std::move(verdict.keys);

    const std::string soft = soften(text);
    const Verdict verdict = parse(soft);
    if (verdict.is_accepted) return JsonKeys{.at = {}, .are_whole = false};  // Those of the text itself were not seen.
    if (verdict.is_too_deep) {
        return fail(Errc::invalid, to_string(place_of(text, verdict.offset)) + ": more than " +
                                       std::to_string(kJsonDepthMax) + " objects and lists inside each other");
    }
    const JsonFault fault = find_json_fault(soft, verdict.offset);
    return fail(Errc::invalid, to_string(place_of(text, fault.offset)) + ": " + fault.message);
}

Result<void> check_json(std::string_view text) {
    POSTHORN_CHECK(check_json_keys(text));
    return {};
}

}  // namespace posthorn::wire
