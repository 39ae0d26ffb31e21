#include "catalogue/schema.h"

#include <algorithm>
#include <string>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "base/assert.h"
#include "catalogue/specification.h"

namespace posthorn::catalogue {
namespace {

namespace json = boost::json;
using std::string_view;

// Jira writes offsets without a colon (2026-11-24T20:14:00.000+0000), which the format date-time forbids.
constexpr string_view kIsoPattern =
    "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]+)?(Z|[+-][0-9]{2}:?[0-9]{2})$";

json::object of_type(string_view type) { return {{"type", type}}; }

json::object with_format(string_view format) { return {{"type", "string"}, {"format", format}}; }

json::object with_pattern(string_view pattern) { return {{"type", "string"}, {"pattern", pattern}}; }

// The notation of one field in events.json, turned into a schema. Recursion follows the nesting of our own
// file, not of foreign input.
class Translator {
public:
    Translator(const Specification& specification, string_view event) : specification_(specification), event_(event) {}

    /// The schema of an object with these fields; "..." takes in those of another shape.
    json::object object(const json::object& fields) {
        json::object schema = of_type("object");
        json::object properties;
        json::array required;
        add_fields(fields, schema, properties, required);
        if (!required.empty()) schema["required"] = std::move(required);
        schema["properties"] = std::move(properties);
        return schema;
    }

    /// The schemas of all shapes that were referred to so far, and of those which they refer to.
    json::object definitions() {
        json::object definitions;
        // Translating a shape may append to the list.
        for (std::size_t i = 0; i < referred_.size(); ++i) {
            const std::string name = referred_[i];
            definitions[name] = object(*specification_.shape(name));
        }
        return definitions;
    }

private:
    void add_fields(const json::object& fields, json::object& schema, json::object& properties, json::array& required) {
        for (const auto& [key, value] : fields) {
            string_view name = key;
            const string_view notation = value.as_string();
            if (name == "...") {
                take_in(notation, schema, properties, required);
                continue;
            }
            if (name.ends_with('?')) name.remove_suffix(1);
            else required.emplace_back(name);
            if (name == "customfield_NNNNN")
                schema["patternProperties"] = json::object{{"^customfield_[0-9]+$", type(notation)}};
            else properties[name] = type(notation);
        }
    }

    // "Content" merges its fields; "Content or Attachment" leaves the choice open.
    void take_in(string_view notation, json::object& schema, json::object& properties, json::array& required) {
        const auto either = notation.find(" or ");
        if (either == string_view::npos) {
            const auto* shape = specification_.shape(notation);
            POSTHORN_ASSERT(shape != nullptr);
            return add_fields(*shape, schema, properties, required);
        }
        schema["anyOf"] = json::array{reference(notation.substr(0, either)), reference(notation.substr(either + 4))};
    }

    json::object reference(string_view shape) {
        POSTHORN_ASSERT(specification_.shape(shape) != nullptr);
        if (std::ranges::find(referred_, shape) == referred_.end()) referred_.emplace_back(shape);
        return {{"$ref", "#/$defs/" + std::string(shape)}};
    }

    json::object type(string_view notation) {
        if (notation.ends_with(')')) {
            const auto remark = notation.rfind(" (");
            POSTHORN_ASSERT(remark != string_view::npos);
            return remarked(notation.substr(0, remark), notation.substr(remark + 2, notation.size() - remark - 3));
        }
        if (constexpr string_view kNull = "null or "; notation.starts_with(kNull))
            return {{"anyOf", json::array{of_type("null"), type(notation.substr(kNull.size()))}}};
        if (notation.ends_with("[]")) {
            json::object schema = of_type("array");
            schema["items"] = type(notation.substr(0, notation.size() - 2));
            return schema;
        }
        if (notation.starts_with('{')) return inline_object(notation);
        if (notation.find('|') != string_view::npos) return enumeration(notation);
        return word(notation);
    }

    json::object remarked(string_view notation, string_view remark) {
        json::object schema = type(notation);
        if (remark == "a string since 2026") schema["type"] = json::array{"integer", "string"};
        schema["description"] = remark;
        return schema;
    }

    json::object word(string_view notation) {
        if (notation == "any") return {};
        if (notation == "string" || notation == "object") return of_type(notation);
        if (notation == "bool") return of_type("boolean");
        if (notation == "int") return of_type("integer");
        if (notation == "url") return with_format("uri");
        if (notation == "date") return with_format("date");
        if (notation == "iso") return with_pattern(kIsoPattern);
        if (notation == "string of digits") return with_pattern("^[0-9]+$");
        if (notation == "ms") return {{"type", "integer"}, {"description", "milliseconds since 1970-01-01T00:00:00Z"}};
        if (notation == "map of size to url") return {{"type", "object"}, {"additionalProperties", with_format("uri")}};
        if (notation == "the event type") return {{"const", event_}};
        if (specification_.shape(notation) != nullptr) return reference(notation);
        // What is left is a value that never varies, such as issue_created.
        POSTHORN_ASSERT(notation.find(' ') == string_view::npos);
        return {{"const", notation}};
    }

    // "a|b|c"; a last "..." says that others occur.
    static json::object enumeration(string_view notation) {
        json::array values;
        bool is_open = false;
        while (!notation.empty()) {
            const auto end = std::min(notation.find('|'), notation.size());
            const auto value = notation.substr(0, end);
            notation.remove_prefix(std::min(end + 1, notation.size()));
            if (value == "...") is_open = true;
            else values.emplace_back(value);
        }
        json::object schema = of_type("string");
        schema[is_open ? "examples" : "enum"] = std::move(values);
        return schema;
    }

    // "{self,id,statusCategory{self,id}}": members of any type, all there.
    static json::object inline_object(string_view notation) {
        json::object schema = members(notation);
        POSTHORN_ASSERT(notation.empty());
        return schema;
    }

    // Reads up to the brace that closes the one at the front, and moves `rest` behind it.
    static json::object members(string_view& rest) {
        json::array required;
        json::object properties;
        do {
            rest.remove_prefix(1);  // The opening brace or a comma.
            const auto name = rest.substr(0, rest.find_first_of(",{}"));
            rest.remove_prefix(name.size());
            POSTHORN_ASSERT(!rest.empty());
            required.emplace_back(name);
            properties[name] = rest.front() == '{' ? members(rest) : json::object{};
            POSTHORN_ASSERT(!rest.empty());
        } while (rest.front() == ',');
        rest.remove_prefix(1);
        json::object schema = of_type("object");
        schema["required"] = std::move(required);
        schema["properties"] = std::move(properties);
        return schema;
    }

    const Specification& specification_;
    string_view event_;
    std::vector<std::string> referred_;
};

}  // namespace

json::object make_schema(const Catalogue& catalogue, const EventType& type) {
    const auto& specification = catalogue.specification();
    const auto& event = specification.event(type.product, type.name);
    Translator translator(specification, type.name);

    json::object schema{{"$schema", "https://json-schema.org/draft/2020-12/schema"}, {"title", type.name}};
    if (!type.note.empty()) schema["description"] = type.note;
    for (auto& [key, value] : translator.object(event.at("body").as_object())) schema[key] = std::move(value);
    if (auto definitions = translator.definitions(); !definitions.empty()) schema["$defs"] = std::move(definitions);
    return schema;
}

}  // namespace posthorn::catalogue
