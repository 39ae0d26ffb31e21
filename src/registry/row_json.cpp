#include "registry/row_json.h"

#include <charconv>

#include <fmt/format.h>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace posthorn::registry {

namespace json = boost::json;

namespace {

// "1.0": what is before the dot.
std::optional<std::int64_t> major_of(std::string_view version) {
    std::int64_t major = 0;
    const auto [end, error] = std::from_chars(version.data(), version.data() + version.size(), major);
    if (error != std::errc() || end == version.data() + version.size() || *end != '.') return std::nullopt;
    return major;
}

std::string text_of(const json::value& value) { return std::string(std::string_view(value.get_string())); }

}  // namespace

json::object new_row_object() {
    json::object object;
    object["version"] = fmt::format("{}.0", kRowMajorVersion);
    return object;
}

model::RegistryRow make_row(std::string kind, std::string key, const json::object& value) {
    return {.kind = std::move(kind), .key = std::move(key), .value = json::serialize(value)};
}

Result<RowReader> RowReader::open(const model::RegistryRow& row, std::string_view kind) {
    std::string where = row.kind + "/" + row.key;
    if (row.kind != kind) return fail(Errc::corrupt, fmt::format("is a row of another kind than {}", kind), where);
    if (!row.value) return fail(Errc::corrupt, "has no value", where);
    boost::system::error_code error;
    json::parse_options options;
    options.max_depth = 64;
    auto value = json::parse(*row.value, error, {}, options);
    if (error || !value.is_object()) return fail(Errc::corrupt, "the stored value is no JSON object", where);
    RowReader reader(std::move(value.get_object()), where);
    const auto version = major_of(reader.text("version"));
    if (!version) return fail(Errc::corrupt, "the stored value has no version", where);
    if (*version != kRowMajorVersion)
        return fail(Errc::unsupported,
                    fmt::format("was written by a newer Posthorn (row version {}, this program knows {}); "
                                "start the newer one again",
                                *version, kRowMajorVersion),
                    where);
    return reader;
}

const json::value* RowReader::find(std::string_view name) const {
    const auto* value = object_.if_contains(name);
    return value != nullptr && value->is_null() ? nullptr : value;
}

void RowReader::refuse(std::string_view name) {
    if (!fault_) fault_ = fmt::format("the stored member \"{}\" is missing or makes no sense", name);
}

void RowReader::absorb(RowReader&& inner) {
    if (!fault_) fault_ = std::move(inner.fault_);
}

Result<void> RowReader::finish() const {
    if (fault_) return fail(Errc::corrupt, *fault_, where_);
    return {};
}

std::string RowReader::text(std::string_view name) {
    const auto* value = find(name);
    if (value != nullptr && value->is_string()) return text_of(*value);
    refuse(name);
    return {};
}

std::string RowReader::text_or_empty(std::string_view name) { return find(name) == nullptr ? "" : text(name); }

std::int64_t RowReader::integer(std::string_view name) {
    const auto* value = find(name);
    if (value != nullptr && value->is_int64()) return value->get_int64();
    refuse(name);
    return 0;
}

std::optional<std::int64_t> RowReader::integer_if_there(std::string_view name) {
    return find(name) == nullptr ? std::nullopt : std::optional(integer(name));
}

std::optional<double> RowReader::number_if_there(std::string_view name) {
    const auto* value = find(name);
    if (value == nullptr) return std::nullopt;
    if (value->is_double()) return value->get_double();
    return static_cast<double>(integer(name));
}

bool RowReader::flag(std::string_view name) {
    const auto* value = find(name);
    if (value == nullptr) return false;
    if (value->is_bool()) return value->get_bool();
    refuse(name);
    return false;
}

Moment RowReader::moment(std::string_view name) { return from_epoch_ms(integer(name)); }

std::optional<Moment> RowReader::moment_if_there(std::string_view name) {
    return find(name) == nullptr ? std::nullopt : std::optional(moment(name));
}

json::array RowReader::list(std::string_view name) {
    const auto* value = find(name);
    if (value == nullptr) return {};
    if (value->is_array()) return value->get_array();
    refuse(name);
    return {};
}

std::vector<std::string> RowReader::texts(std::string_view name) {
    std::vector<std::string> texts;
    for (const auto& element : list(name)) {
        if (element.is_string()) texts.push_back(text_of(element));
        else refuse(name);
    }
    return texts;
}

std::optional<RowReader> RowReader::object_if_there(std::string_view name) {
    const auto* value = find(name);
    if (value == nullptr) return std::nullopt;
    if (value->is_object()) return RowReader(value->get_object(), where_);
    refuse(name);
    return std::nullopt;
}

RowReader RowReader::object(std::string_view name) {
    auto inner = object_if_there(name);
    return inner ? std::move(*inner) : RowReader({}, where_);
}

json::array to_json_list(const std::vector<std::string>& texts) {
    json::array list;
    list.reserve(texts.size());
    for (const auto& text : texts) list.emplace_back(text);
    return list;
}

}  // namespace posthorn::registry
