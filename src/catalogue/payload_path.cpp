#include "catalogue/payload_path.h"

#include <charconv>
#include <optional>
#include <string>

#include <fmt/format.h>

namespace posthorn::catalogue {
namespace {

namespace json = boost::json;
using std::string_view;

std::optional<std::size_t> index_of(string_view step) {
    // "01" is no index, as in JSON pointers.
    if (step.empty() || (step.size() > 1 && step.front() == '0')) return std::nullopt;
    std::size_t index = 0;
    const auto [end, error] = std::from_chars(step.data(), step.data() + step.size(), index);
    if (error != std::errc() || end != step.data() + step.size()) return std::nullopt;
    return index;
}

// The member or element of `parent` that a step names, or null.
json::value* child(json::value& parent, string_view step) {
    if (auto* object = parent.if_object()) return object->if_contains(step);
    auto* array = parent.if_array();
    const auto index = index_of(step);
    return array != nullptr && index && *index < array->size() ? &(*array)[*index] : nullptr;
}

bool is_variable_value(const json::value& value) { return value.is_string() || value.is_number() || value.is_bool(); }

// The decoded steps of a JSON pointer that is not "".
std::vector<std::string> steps_of(string_view pointer) {
    std::vector<std::string> steps;
    for (std::size_t at = 0; at < pointer.size(); ++at) {
        if (pointer[at] == '/') {
            steps.emplace_back();
        } else if (steps.empty()) {
            return {};  // A pointer begins with a slash.
        } else if (pointer[at] == '~' && at + 1 < pointer.size()) {
            steps.back() += pointer[++at] == '1' ? '/' : '~';
        } else {
            steps.back() += pointer[at];
        }
    }
    return steps;
}

json::value* find_pointer(json::object& payload, string_view pointer) {
    const auto steps = steps_of(pointer);
    if (steps.empty()) return nullptr;
    auto* found = payload.if_contains(steps.front());
    for (std::size_t i = 1; i < steps.size() && found != nullptr; ++i) found = child(*found, steps[i]);
    return found;
}

string_view kind_name(const json::value& value) {
    switch (value.kind()) {
        case json::kind::null: return "null";
        case json::kind::bool_: return "true or false";
        case json::kind::string: return "a string";
        case json::kind::array: return "a list";
        case json::kind::object: return "an object";
        default: return "a number";
    }
}

std::string joined(const std::vector<string_view>& steps, std::size_t count) {
    return fmt::format("{}", fmt::join(steps.begin(), steps.begin() + static_cast<std::ptrdiff_t>(count), "."));
}

// `value` inside the objects that the steps from `first` on name.
json::value wrapped(json::value value, const std::vector<string_view>& steps, std::size_t first) {
    for (std::size_t i = steps.size(); i > first; --i) {
        json::object around;
        around[steps[i - 1]] = std::move(value);
        value = std::move(around);
    }
    return value;
}

}  // namespace

json::value* find_value(json::object& payload, const Variable& variable) {
    for (const auto& pointer : variable.pointers)
        if (auto* found = find_pointer(payload, pointer); found != nullptr && is_variable_value(*found)) return found;
    return nullptr;
}

bool put(json::object& payload, string_view pointer, string_view value) {
    const auto decoded = steps_of(pointer);
    const std::vector<string_view> steps(decoded.begin(), decoded.end());
    if (steps.empty() || find_path(payload, steps) != nullptr) return false;
    return set_at(payload, steps, json::value(value)).has_value();
}

json::value* find_path(json::object& payload, const std::vector<string_view>& steps) {
    if (steps.empty()) return nullptr;
    auto* found = payload.if_contains(steps.front());
    for (std::size_t i = 1; i < steps.size() && found != nullptr; ++i) found = child(*found, steps[i]);
    return found;
}

Result<void> set_at(json::object& payload, const std::vector<string_view>& steps, json::value value) {
    if (steps.empty()) return fail(Errc::invalid, "the path is empty");
    if (!payload.contains(steps.front())) {
        payload[steps.front()] = wrapped(std::move(value), steps, 1);
        return {};
    }
    auto* place = payload.if_contains(steps.front());
    for (std::size_t i = 1; i < steps.size(); ++i) {
        if (auto* next = child(*place, steps[i])) {
            place = next;
            continue;
        }
        const auto parent = joined(steps, i);
        if (place->is_null()) {
            *place = wrapped(std::move(value), steps, i);
            return {};
        }
        if (auto* object = place->if_object()) {
            (*object)[steps[i]] = wrapped(std::move(value), steps, i + 1);
            return {};
        }
        auto* array = place->if_array();
        if (array == nullptr)
            return fail(Errc::invalid, fmt::format("{} is {}, which has no members", parent, kind_name(*place)));
        if (index_of(steps[i]) != array->size())
            return fail(Errc::invalid, fmt::format("{} is a list of {}: its elements are 0, 1, ..., and {} adds one",
                                                   parent, array->size(), array->size()));
        array->push_back(wrapped(std::move(value), steps, i + 1));
        return {};
    }
    *place = std::move(value);
    return {};
}

}  // namespace posthorn::catalogue
