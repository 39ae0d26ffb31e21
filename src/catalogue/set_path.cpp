// How `posthorn trigger TYPE --set path=value` changes a sample.
#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "catalogue/json_text.h"
#include "catalogue/payload_path.h"
#include "catalogue/sample.h"
#include "wire/percent.h"

namespace posthorn::catalogue {
namespace {

namespace json = boost::json;
using std::string_view;

constexpr std::size_t kStepsMax = 32;
constexpr std::size_t kShownMax = 200;

std::vector<string_view> split(string_view path) {
    std::vector<string_view> steps;
    while (true) {
        const auto dot = path.find('.');
        steps.push_back(path.substr(0, dot));
        if (dot == string_view::npos) return steps;
        path.remove_prefix(dot + 1);
    }
}

// What replaces `present` (null when nothing is there). Where a string is, a string stays, so that
// issue.id=10043 doesn't turn the id into a number; null aside, which a field such as description may be.
// Quoted JSON is read as what it quotes.
json::value value_for(const json::value* present, string_view text) {
    auto read = parse_text(text);
    const bool keeps_string = present != nullptr && present->is_string();
    if (!read || (keeps_string && !read->is_string() && !read->is_null())) return json::value(text);
    return *std::move(read);
}

Error in_path(Error error, string_view path) {
    error.where = std::string(path.substr(0, kShownMax));
    return error;
}

}  // namespace

Result<void> set_path(Sample& sample, const EventType& type, string_view path, string_view value) {
    if (!wire::is_utf8(path) || !wire::is_utf8(value))
        return in_path(fail(Errc::invalid, "path and value must be UTF-8"), "--set");

    if (auto* in_context = sample.context.if_contains(path)) {
        // A context holds strings only.
        auto given = value_for(in_context, value);
        *in_context = given.is_string() ? std::move(given) : json::value(value);
        return {};
    }
    const auto steps = split(path);
    if (std::ranges::any_of(steps, &string_view::empty))
        return in_path(fail(Errc::invalid, "a path is member names joined by single dots, such as issue.key"), path);
    if (steps.size() > kStepsMax)
        return in_path(fail(Errc::invalid, fmt::format("a path has at most {} steps", kStepsMax)), path);

    if (auto* there = find_path(sample.payload, steps)) {
        *there = value_for(there, value);
        return {};
    }
    if (const auto* variable = find_variable(type, path)) {
        if (auto* there = find_value(sample.payload, *variable)) {
            *there = value_for(there, value);
            return {};
        }
    }
    if (auto done = set_at(sample.payload, steps, value_for(nullptr, value)); !done)
        return in_path(std::move(done).error(), path);
    return {};
}

Result<void> set_path(Sample& sample, const EventType& type, string_view assignment) {
    const auto equals = assignment.find('=');
    if (equals == string_view::npos || equals == 0)
        return in_path(fail(Errc::invalid, "expected PATH=VALUE, such as issue.key=ABC-1"), assignment);
    return set_path(sample, type, assignment.substr(0, equals), assignment.substr(equals + 1));
}

}  // namespace posthorn::catalogue
