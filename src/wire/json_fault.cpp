#include "wire/json_fault.h"

#include <optional>
#include <vector>

#include <fmt/format.h>

#include "wire/json_skip.h"
#include "wire/percent.h"

namespace posthorn::wire {
namespace {

class Walker {
public:
    explicit Walker(std::string_view text) : text_(text) {}

    std::optional<JsonFault> walk() {
        skip_space();
        while (!fault_) {
            if (!value()) continue;  // A container was opened, or there is a fault.
            after_value();
            if (is_done_) return std::nullopt;
        }
        return fault_;
    }

private:
    bool at_end() const { return at_ >= text_.size(); }
    char here() const { return text_[at_]; }

    void skip_space() {
        while (!at_end() && is_space(here())) ++at_;
    }

    void set(std::size_t offset, std::string message) { fault_ = JsonFault{offset, std::move(message)}; }

    // "found `}`, expected a value"
    void expected(std::string_view what) {
        if (at_end()) return set(at_, fmt::format("the text ends, expected {}", what));
        const auto c = static_cast<unsigned char>(here());
        if (c >= 0x80 || c < 0x20 || c == 0x7F) {
            if (text_.substr(at_).starts_with("\xEF\xBB\xBF")) {
                return set(at_, "found a byte order mark, which JSON does not allow");
            }
            return set(at_, fmt::format("found a byte 0x{:02X}, expected {}", c, what));
        }
        set(at_, fmt::format("found `{}`, expected {}", here(), what));
    }

    // Reads a value, or the opening of a container and, in an object, the first key. True when a value is
    // complete.
    bool value() {
        if (at_end()) return expected(text_.empty() ? "a JSON value, but it is empty" : "a value"), false;
        const char c = here();
        if (c == '{' || c == '[') {
            ++at_;
            open_.push_back(c);
            skip_space();
            if (!at_end() && here() == (c == '{' ? '}' : ']')) {
                ++at_;
                open_.pop_back();
                return true;
            }
            if (c == '{') key("a key in double quotes or `}`");
            return false;
        }
        if (c == '"') return string();
        if (c == '-' || (c >= '0' && c <= '9')) return number();
        return word();
    }

    void key(std::string_view what) {
        if (at_end() || here() != '"') return expected(what);
        if (!string()) return;
        skip_space();
        if (at_end() || here() != ':') return expected("`:`");
        ++at_;
        skip_space();
    }

    // Behind a value: closes what is closed, goes to the next value.
    void after_value() {
        for (;;) {
            skip_space();
            if (open_.empty()) {
                if (at_end()) is_done_ = true;
                else expected("the end of the text");
                return;
            }
            const bool is_object = open_.back() == '{';
            if (at_end() || (here() != ',' && here() != (is_object ? '}' : ']'))) {
                return expected(is_object ? "`,` or `}`" : "`,` or `]`");
            }
            const bool is_closed = here() != ',';
            ++at_;
            if (is_closed) {
                open_.pop_back();
                continue;
            }
            skip_space();
            if (is_object) key("a key in double quotes");
            return;
        }
    }

    bool string() {
        const std::size_t start = at_++;
        for (; !at_end() && here() != '"'; ++at_) {
            const auto c = static_cast<unsigned char>(here());
            if (c < 0x20) {
                set(at_, fmt::format("a string holds the control character U+{:04X}, which must be escaped", c));
                return false;
            }
            if (c == '\\' && !escape()) return false;
        }
        if (at_end()) return set(start, "a string starts here that is not closed"), false;
        ++at_;
        return utf8(start);
    }

    // At a backslash; leaves at_ on the escape's last byte.
    bool escape() {
        const std::size_t start = at_++;
        if (at_end()) return true;  // Not closed, which string() will find.
        if (here() == 'u') {
            for (int i = 0; i < 4; ++i) {
                ++at_;
                if (at_end() || hex_digit(here()) < 0) return set(start, "`\\u` needs four hex digits"), false;
            }
            return true;
        }
        if (std::string_view("\"\\/bfnrt").find(here()) != std::string_view::npos) return true;
        set(start, "an escape that JSON does not have");
        return false;
    }

    bool utf8(std::size_t start) {
        if (is_utf8(text_.substr(start, at_ - start))) return true;
        // The longest prefix that is UTF-8 ends where the wrong byte stands.
        std::size_t good = start;
        while (good < at_) {
            std::size_t length = 1;
            while (length <= 4 && !is_utf8(text_.substr(good, length))) ++length;
            if (length > 4) break;
            good += length;
        }
        set(good, "bytes that are not UTF-8");
        return false;
    }

    std::size_t digits() {
        const std::size_t start = at_;
        while (!at_end() && here() >= '0' && here() <= '9') ++at_;
        return at_ - start;
    }

    bool number() {
        const std::size_t start = at_;
        if (here() == '-') ++at_;
        const std::size_t whole = at_;
        if (digits() == 0) return expected("a digit"), false;
        if (text_[whole] == '0' && at_ - whole > 1) {
            return set(start, "a number starts with a needless 0"), false;
        }
        if (!at_end() && here() == '.') {
            ++at_;
            if (digits() == 0) return expected("a digit behind the point"), false;
        }
        if (!at_end() && (here() == 'e' || here() == 'E')) {
            ++at_;
            if (!at_end() && (here() == '+' || here() == '-')) ++at_;
            if (digits() == 0) return expected("a digit in the exponent"), false;
        }
        return true;
    }

    bool word() {
        for (const std::string_view known : {"true", "false", "null"}) {
            if (text_.substr(at_).starts_with(known)) {
                at_ += known.size();
                return true;
            }
        }
        expected("a value");
        return false;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::vector<char> open_;  // '{' or '[' of each container around at_.
    std::optional<JsonFault> fault_;
    bool is_done_ = false;
};

}  // namespace

JsonFault find_json_fault(std::string_view text, std::size_t offset) {
    if (auto fault = Walker(text).walk()) return *std::move(fault);
    return {offset, "this is not JSON"};
}

}  // namespace posthorn::wire
