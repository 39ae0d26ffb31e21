#include "catalogue/custom_type.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "wire/json_fields.h"

namespace posthorn::catalogue {
namespace {

using std::string_view;
using wire::JsonView;

constexpr string_view kDefaultGroup = "custom";

bool is_name_letter(char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9') ||
           letter == '_' || letter == ':' || letter == '.' || letter == '-';
}

bool is_name(string_view text) {
    return !text.empty() && text.size() <= kCustomTypeNameMax && std::ranges::all_of(text, is_name_letter);
}

// RFC 6901, section 3. The whole document ("") has no value that a variable could take.
bool is_pointer(string_view text) {
    if (!text.starts_with('/') || text.size() > kVariablePointerBytesMax) return false;
    for (std::size_t i = 0; i < text.size(); ++i)
        if (text[i] == '~' && (i + 1 == text.size() || (text[i + 1] != '0' && text[i + 1] != '1'))) return false;
    return true;
}

string_view kind_name(JsonView value) {
    switch (value.kind()) {
        case wire::JsonKind::null: return "null";
        case wire::JsonKind::boolean: return "true or false";
        case wire::JsonKind::number: return "a number";
        case wire::JsonKind::string: return "a string";
        case wire::JsonKind::array: return "a list";
        case wire::JsonKind::object: break;
    }
    return "an object";
}

// The same JSON without whitespace between its tokens.
std::string without_whitespace(string_view checked) {
    std::string text;
    text.reserve(checked.size());
    bool in_string = false;
    for (std::size_t i = 0; i < checked.size(); ++i) {
        const char c = checked[i];
        if (in_string) {
            text += c;
            if (c == '\\') text += checked[++i];
            if (c == '"') in_string = false;
        } else if (c != ' ' && c != '\n' && c != '\r' && c != '\t') {
            text += c;
            in_string = c == '"';
        }
    }
    return text;
}

// Reads one document, going on behind each fault.
class Reader {
public:
    Reader(const Catalogue& catalogue, Product product) : catalogue_(catalogue) {
        custom_.type.product = product;
        custom_.type.group = kDefaultGroup;
    }

    tl::expected<CustomType, CustomTypeFaults> read(JsonView document) {
        if (!document.is_object()) {
            fault("", fmt::format("expected an object with an event, found {}", kind_name(document)));
            return tl::unexpected(std::move(faults_));
        }
        if (const auto twice = wire::JsonFields(document).first_duplicate())
            fault(below("", *twice), "the property occurs twice; give it once");
        for (const auto& member : document.members()) read_member(member.key(), member.value);
        if (!document.find("event"))
            fault("/event",
                  "the property is missing; it is the new event type's name, 1 to 100 of A-Z a-z 0-9 _ : . -");
        check_sample(document);
        if (!faults_.list.empty()) return tl::unexpected(std::move(faults_));
        return std::move(custom_);
    }

private:
    void read_member(const std::string& key, JsonView value) {
        if (key == "event") read_event(value);
        else if (key == "group") read_group(value);
        else if (key == "variables") read_variables(value);
        else if (key == "schema") read_schema(value);
        else if (key == "sample") read_sample(value);
        else fault(below("", key), "there is no such property; allowed are event, group, variables, schema and sample");
    }

    // The string at `pointer` if it is a name; else a fault is noted.
    std::optional<std::string> read_name(JsonView value, string_view pointer) {
        if (!value.is_string()) {
            fault(pointer, fmt::format("expected a string, found {}", kind_name(value)));
            return std::nullopt;
        }
        auto name = value.string();
        if (is_name(name)) return name;
        fault(pointer, fmt::format("a name is 1 to {} of A-Z a-z 0-9 _ : . -", kCustomTypeNameMax));
        return std::nullopt;
    }

    void read_event(JsonView value) {
        auto name = read_name(value, "/event");
        if (!name) return;
        const Product product = custom_.type.product;
        if (is_made_by_posthorn(*name))
            fault("/event", "Posthorn alone makes connect_addon_* events; choose another name");
        else if (catalogue_.find(product, *name) != nullptr)
            fault("/event", fmt::format("{} is an event type that {} has built in; choose another name", *name,
                                        model::to_string(product)));
        custom_.type.name = *std::move(name);
    }

    void read_group(JsonView value) {
        if (auto name = read_name(value, "/group")) custom_.type.group = *std::move(name);
    }

    void read_variables(JsonView value) {
        if (!value.is_object()) {
            fault("/variables",
                  fmt::format("expected an object of names and JSON pointers, found {}", kind_name(value)));
            return;
        }
        if (value.size() > kCustomTypeVariablesMax) {
            fault("/variables", fmt::format("an event type has at most {} variables", kCustomTypeVariablesMax));
            return;
        }
        if (const auto twice = wire::JsonFields(value).first_duplicate())
            fault(below("/variables", *twice), "the variable occurs twice; give it once, with a list of pointers");
        for (const auto& member : value.members()) {
            Variable variable{member.key(), {}};
            const auto pointer = below("/variables", variable.name);
            if (!is_name(variable.name))
                fault(pointer, fmt::format("a variable's name is 1 to {} of A-Z a-z 0-9 _ : . -", kCustomTypeNameMax));
            read_pointers(member.value, pointer, variable);
            custom_.type.variables.push_back(std::move(variable));
        }
    }

    void read_pointers(JsonView value, const std::string& pointer, Variable& variable) {
        if (!value.is_array()) return read_pointer(value, pointer, variable);
        const auto count = value.size();
        if (count == 0 || count > kVariablePointersMax) {
            fault(pointer, fmt::format("a list has 1 to {} JSON pointers", kVariablePointersMax));
            return;
        }
        std::size_t index = 0;
        for (const JsonView element : value.elements())
            read_pointer(element, below(pointer, std::to_string(index++)), variable);
    }

    void read_pointer(JsonView value, const std::string& pointer, Variable& variable) {
        if (value.is_string()) {
            auto text = value.string();
            if (is_pointer(text)) {
                variable.pointers.push_back(std::move(text));
                return;
            }
        }
        fault(pointer, fmt::format("expected a JSON pointer into the payload such as \"/issue/key\" "
                                   "(or a list of them), at most {} bytes",
                                   kVariablePointerBytesMax));
    }

    void read_schema(JsonView value) {
        if (value.is_object() || value.boolean()) custom_.schema = without_whitespace(value.raw());
        else fault("/schema", fmt::format("a JSON Schema is an object, true or false; found {}", kind_name(value)));
    }

    void read_sample(JsonView value) {
        if (value.is_object()) custom_.sample = without_whitespace(value.raw());
        else fault("/sample", fmt::format("a payload is an object; found {}", kind_name(value)));
    }

    // An event whose body names another type is refused, so a sample that does could never be sent.
    void check_sample(JsonView document) {
        const auto named = document.at_pointer("/sample/webhookEvent");
        const auto event = document.find("event");
        if (named && event && event->is_string() && !named->string_is(event->string()))
            fault("/sample/webhookEvent", "webhookEvent must be the event type's own name, or be left out");
    }

    static std::string below(string_view pointer, string_view name) {
        std::string text(pointer);
        wire::append_pointer_step(text, name);
        return text;
    }

    void fault(string_view pointer, std::string detail) {
        if (faults_.list.size() < kCustomTypeFaultsMax)
            faults_.list.push_back({std::string(pointer), std::move(detail)});
    }

    const Catalogue& catalogue_;
    CustomType custom_;
    CustomTypeFaults faults_;
};

CustomTypeFaults malformed(std::string detail) {
    return {CustomTypeFaults::Kind::malformed, {{"", std::move(detail)}}};
}

}  // namespace

tl::expected<CustomType, CustomTypeFaults> parse_custom_type(const Catalogue& catalogue, Product product,
                                                             string_view json) {
    if (json.size() > kCustomTypeBytesMax)
        return tl::unexpected(malformed(fmt::format("an event type has at most {} bytes", kCustomTypeBytesMax)));
    if (auto checked = wire::check_json(json); !checked)
        return tl::unexpected(malformed(std::move(checked).error().detail));
    return Reader(catalogue, product).read(JsonView(json));
}

std::string to_json(const CustomType& custom) {
    std::string text = "{\"event\":" + wire::json_string(custom.type.name);
    text += ",\"group\":" + wire::json_string(custom.type.group);
    if (!custom.type.variables.empty()) {
        text += ",\"variables\":{";
        for (const auto& variable : custom.type.variables) {
            if (&variable != &custom.type.variables.front()) text += ',';
            text += wire::json_string(variable.name) + ":[";
            for (const auto& pointer : variable.pointers) {
                if (&pointer != &variable.pointers.front()) text += ',';
                wire::append_json_string(text, pointer);
            }
            text += ']';
        }
        text += '}';
    }
    if (!custom.schema.empty()) text += ",\"schema\":" + custom.schema;
    if (!custom.sample.empty()) text += ",\"sample\":" + custom.sample;
    return text + '}';
}

}  // namespace posthorn::catalogue
