#include "program/schema_fields.h"

#include <algorithm>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

namespace posthorn::program {

namespace {

namespace json = boost::json;

constexpr std::size_t kDepthMax = 4;

std::string text_at(const json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

class Lister {
public:
    explicit Lister(const json::object& root) : root_(root) {}

    void list(const json::object& given, const std::string& path, std::vector<std::string> parents) {
        const auto& schema = resolved(given, parents);
        if (parents.size() > kDepthMax) return;
        if (const auto* items = schema.if_contains("items"); items != nullptr && items->is_object())
            return list(items->get_object(), path + "[]", parents);
        const auto* properties = schema.if_contains("properties");
        if (properties == nullptr || !properties->is_object()) return;
        for (const auto& [name, value] : properties->get_object()) {
            if (!value.is_object()) continue;
            const auto field = path.empty() ? std::string(name) : path + "." + std::string(name);
            std::vector<std::string> below = parents;
            below.emplace_back();
            fields.push_back({field, type_of(value.get_object()), is_required(schema, name)});
            if (!has_cycle(value.get_object(), parents)) list(value.get_object(), field, std::move(below));
        }
    }

    std::vector<SchemaField> fields;

private:
    static bool is_required(const json::object& schema, std::string_view name) {
        const auto* required = schema.if_contains("required");
        return required != nullptr && required->is_array() &&
               std::ranges::any_of(required->get_array(),
                                   [&](const json::value& one) { return one.is_string() && one.get_string() == name; });
    }

    bool has_cycle(const json::object& schema, const std::vector<std::string>& parents) const {
        const auto reference = text_at(schema, "$ref");
        return !reference.empty() && std::ranges::find(parents, reference) != parents.end();
    }

    /// What a $ref leads to; notes it in `parents`.
    const json::object& resolved(const json::object& schema, std::vector<std::string>& parents) const {
        const auto reference = text_at(schema, "$ref");
        // NOLINTNEXTLINE(bugprone-return-const-ref-from-parameter): a part of root_, as what it leads to.
        if (!reference.starts_with("#/$defs/")) return schema;
        if (!parents.empty()) parents.back() = reference;
        const auto* definitions = root_.if_contains("$defs");
        const auto* target = definitions != nullptr && definitions->is_object()
                                 ? definitions->get_object().if_contains(reference.substr(8))
                                 : nullptr;
        return target != nullptr && target->is_object() ? target->get_object() : schema;
    }

    static std::string_view kind_of(const json::value& value) {
        switch (value.kind()) {
            case json::kind::null: return "null";
            case json::kind::bool_: return "boolean";
            case json::kind::string: return "string";
            case json::kind::array: return "array";
            case json::kind::object: return "object";
            default: return "number";
        }
    }

    std::string type_of(const json::object& given) const {
        std::vector<std::string> unused;
        const auto& schema = resolved(given, unused);
        const auto* type = schema.if_contains("type");
        if (type != nullptr && type->is_string()) return std::string(type->get_string());
        std::string text;
        const auto add = [&](std::string_view one) {
            if (!one.empty()) text += (text.empty() ? "" : " or ") + std::string(one);
        };
        if (type != nullptr && type->is_array())
            for (const auto& one : type->get_array())
                if (one.is_string()) add(one.get_string());
        if (const auto* value = schema.if_contains("const")) add(kind_of(*value));
        if (const auto* values = schema.if_contains("enum"); values != nullptr && values->is_array())
            for (const auto& value : values->get_array())
                if (text.find(kind_of(value)) == std::string::npos) add(kind_of(value));
        for (const auto* name : {"anyOf", "oneOf"})
            if (const auto* choices = schema.if_contains(name); choices != nullptr && choices->is_array())
                for (const auto& choice : choices->get_array())
                    if (choice.is_object()) add(type_of(choice.get_object()));
        return text.empty() ? "any" : text;
    }

    const json::object& root_;
};

}  // namespace

std::vector<SchemaField> fields_of(const json::object& schema) {
    Lister lister(schema);
    lister.list(schema, "", {});
    return std::move(lister.fields);
}

}  // namespace posthorn::program
