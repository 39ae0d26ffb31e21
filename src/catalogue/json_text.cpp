#include "catalogue/json_text.h"

#include <charconv>
#include <cmath>
#include <utility>

#include <fmt/format.h>
#include <boost/json/serialize.hpp>

#include "wire/json.h"

namespace posthorn::catalogue {
namespace {

namespace json = boost::json;

class Writer {
public:
    explicit Writer(JsonStyle style) : style_(style) {}

    void write(const json::value& value) {
        switch (value.kind()) {
            case json::kind::object: return write(value.get_object());
            case json::kind::array: return write(value.get_array());
            case json::kind::string: return wire::append_json_string(out_, std::string_view(value.get_string()));
            case json::kind::double_: return write(value.get_double());
            default: out_ += json::serialize(value);
        }
    }

    std::string take() { return std::move(out_); }

private:
    void write(const json::object& object) {
        out_ += '{';
        bool is_first = true;
        for (const auto& [key, value] : object) {
            begin_entry(is_first);
            wire::append_json_string(out_, std::string_view(key));
            out_ += style_ == JsonStyle::pretty ? ": " : ":";
            write(value);
        }
        end_entries(is_first);
        out_ += '}';
    }

    void write(const json::array& array) {
        out_ += '[';
        bool is_first = true;
        for (const auto& value : array) {
            begin_entry(is_first);
            write(value);
        }
        end_entries(is_first);
        out_ += ']';
    }

    void write(double number) {
        if (!std::isfinite(number)) {
            // JSON has no infinity; Boost makes one of 1e400, and makes it of this again.
            out_ += number < 0 ? "-1e999" : "1e999";
            return;
        }
        const auto text = fmt::format("{}", number);
        out_ += text;
        // 3.0 must not come back as the whole number 3.
        if (text.find_first_of(".e") == std::string::npos) out_ += ".0";
    }

    void begin_entry(bool& is_first) {
        if (is_first) ++level_;
        else out_ += ',';
        is_first = false;
        break_line();
    }

    void end_entries(bool is_empty) {
        if (is_empty) return;
        --level_;
        break_line();
    }

    void break_line() {
        if (style_ == JsonStyle::compact) return;
        out_ += '\n';
        out_.append(2 * level_, ' ');
    }

    JsonStyle style_;
    std::size_t level_ = 0;
    std::string out_;
};

json::value number_of(wire::JsonView view) {
    if (const auto whole = view.integer()) return *whole;
    const auto token = view.raw();
    std::uint64_t large = 0;
    const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), large);
    if (error == std::errc() && end == token.data() + token.size()) return large;
    return view.number().value();
}

// Not deeper than check_json allows.
json::value value_of(wire::JsonView view) {
    switch (view.kind()) {
        case wire::JsonKind::null: return nullptr;
        case wire::JsonKind::boolean: return view.boolean().value();
        case wire::JsonKind::number: return number_of(view);
        case wire::JsonKind::string: return json::value(view.string());
        case wire::JsonKind::array: {
            json::array list;
            for (const auto element : view.elements()) list.push_back(value_of(element));
            return list;
        }
        case wire::JsonKind::object: break;
    }
    json::object object;
    for (const auto& member : view.members()) object[member.key()] = value_of(member.value);
    return object;
}

}  // namespace

std::string to_text(const json::value& value, JsonStyle style) {
    Writer writer(style);
    writer.write(value);
    return writer.take();
}

Result<json::value> parse_text(std::string_view text) {
    POSTHORN_CHECK(wire::check_json(text));
    return value_of(wire::JsonView(text));
}

}  // namespace posthorn::catalogue
