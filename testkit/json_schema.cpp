#include "testkit/json_schema.h"

#include <algorithm>
#include <array>
#include <regex>

namespace posthorn::testkit {

namespace json = boost::json;

namespace {

bool is_type(std::string_view type, const json::value& value) {
    if (type == "null") return value.is_null();
    if (type == "boolean") return value.is_bool();
    if (type == "integer") return value.is_int64() || value.is_uint64();
    if (type == "number") return value.is_number();
    if (type == "string") return value.is_string();
    if (type == "array") return value.is_array();
    return type == "object" && value.is_object();
}

bool matches(const json::value& pattern, std::string_view text) {
    return std::regex_search(std::string(text), std::regex(std::string(pattern.as_string())));
}

bool is_format(std::string_view format, std::string_view text) {
    const auto is = [&](const char* pattern) { return std::regex_match(std::string(text), std::regex(pattern)); };
    if (format == "date") return is("[0-9]{4}-[0-9]{2}-[0-9]{2}");
    // RFC 3339, in UTC.
    if (format == "date-time") return is("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?Z");
    if (format == "uri") return is("https?://[^ \"<>]+");
    return format == "uuid" && is("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
}

/// UTF-8 characters.
std::size_t length_of(std::string_view text) {
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](unsigned char byte) { return (byte & 0xC0U) != 0x80U; }));
}

/// These assert nothing.
bool is_annotation(std::string_view keyword) {
    constexpr std::array kAnnotations = {"$schema", "$defs", "title", "description", "default", "example", "examples"};
    return std::ranges::find(kAnnotations, keyword) != kAnnotations.end();
}

class Checker {
public:
    explicit Checker(const json::value& document) : document_(document) {}

    void check(const json::value& schema, const json::value& value, const std::string& at) {
        if (const auto* allowed = schema.if_bool()) {
            if (!*allowed) faults_.push_back(at + " is not allowed");
            return;
        }
        for (const auto& [keyword, rule] : schema.as_object())
            if (!apply(keyword, rule, schema.as_object(), value, at))
                faults_.push_back(at + " " + std::string(keyword));
    }

    std::vector<std::string> take_faults() { return std::move(faults_); }

private:
    bool is_valid(const json::value& schema, const json::value& value) const {
        Checker inner(document_);
        inner.check(schema, value, "");
        return inner.faults_.empty();
    }

    // Keywords about one kind of value say nothing of others.
    bool apply(std::string_view keyword, const json::value& rule, const json::object& schema, const json::value& value,
               const std::string& at) {
        if (is_annotation(keyword)) return true;
        if (keyword == "type") {
            if (const auto* name = rule.if_string()) return is_type(*name, value);
            return std::ranges::any_of(rule.as_array(),
                                       [&](const auto& one) { return is_type(one.as_string(), value); });
        }
        if (keyword == "const") return value == rule;
        if (keyword == "enum") return std::ranges::find(rule.as_array(), value) != rule.as_array().end();
        if (keyword == "anyOf")
            return std::ranges::any_of(rule.as_array(), [&](const auto& one) { return is_valid(one, value); });
        if (keyword == "$ref") {
            const auto* target = find_reference(document_, rule.as_string());
            if (target != nullptr) check(*target, value, at);
            return target != nullptr;
        }
        return apply_to_object(keyword, rule, schema, value, at);
    }

    bool apply_to_object(std::string_view keyword, const json::value& rule, const json::object& schema,
                         const json::value& value, const std::string& at) {
        static const json::object kNone;
        const auto* object = value.is_object() ? &value.get_object() : &kNone;
        if (keyword == "required")
            return !value.is_object() || std::ranges::all_of(rule.as_array(), [&](const auto& name) {
                return object->contains(name.as_string());
            });
        if (keyword == "properties") {
            for (const auto& [name, inner] : rule.as_object())
                if (const auto* member = object->if_contains(name)) check(inner, *member, at + "/" + std::string(name));
            return true;
        }
        if (keyword == "patternProperties") {
            for (const auto& [name, member] : *object)
                for (const auto& [pattern, inner] : rule.as_object())
                    if (matches(json::value(pattern), name)) check(inner, member, at + "/" + std::string(name));
            return true;
        }
        if (keyword != "additionalProperties") return apply_to_list(keyword, rule, value, at);
        for (const auto& [name, member] : *object)
            if (!is_named(schema, name)) check(rule, member, at + "/" + std::string(name));
        return true;
    }

    /// Whether `properties` or `patternProperties` speak of a member.
    static bool is_named(const json::object& schema, std::string_view name) {
        if (const auto* properties = schema.if_contains("properties"))
            if (properties->as_object().contains(name)) return true;
        const auto* patterns = schema.if_contains("patternProperties");
        return patterns != nullptr && std::ranges::any_of(patterns->as_object(), [&](const auto& pattern) {
                   return matches(json::value(pattern.key()), name);
               });
    }

    bool apply_to_list(std::string_view keyword, const json::value& rule, const json::value& value,
                       const std::string& at) {
        const auto* list = value.if_array();
        if (keyword == "minItems") return list == nullptr || list->size() >= rule.to_number<std::size_t>();
        if (keyword == "maxItems") return list == nullptr || list->size() <= rule.to_number<std::size_t>();
        if (keyword != "items") return apply_to_plain(keyword, rule, value);
        if (list == nullptr) return true;
        for (std::size_t i = 0; i < list->size(); ++i) check(rule, (*list)[i], at + "/" + std::to_string(i));
        return true;
    }

    static bool apply_to_plain(std::string_view keyword, const json::value& rule, const json::value& value) {
        const auto* text = value.if_string();
        if (keyword == "pattern") return text == nullptr || matches(rule, *text);
        if (keyword == "format") return text == nullptr || is_format(rule.as_string(), *text);
        if (keyword == "minLength") return text == nullptr || length_of(*text) >= rule.to_number<std::size_t>();
        if (keyword == "maxLength") return text == nullptr || length_of(*text) <= rule.to_number<std::size_t>();
        if (keyword == "minimum") return !value.is_number() || value.to_number<double>() >= rule.to_number<double>();
        if (keyword == "maximum") return !value.is_number() || value.to_number<double>() <= rule.to_number<double>();
        return false;
    }

    const json::value& document_;
    std::vector<std::string> faults_;
};

}  // namespace

std::vector<std::string> schema_faults(const json::value& document, const json::value& schema,
                                       const json::value& value) {
    Checker checker(document);
    checker.check(schema, value, "");
    return checker.take_faults();
}

const json::value* find_reference(const json::value& document, std::string_view reference) {
    if (!reference.starts_with('#')) return nullptr;
    boost::system::error_code error;
    return document.find_pointer(reference.substr(1), error);
}

}  // namespace posthorn::testkit
