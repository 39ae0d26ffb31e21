#include "wire/json_fields.h"

#include <algorithm>
#include <vector>

#include "wire/json_skip.h"

namespace posthorn::wire {

namespace {

// Up to here comparing each key with each is quicker than sorting.
constexpr std::size_t kComparedMax = 32;

std::string_view between(const char* begin, const char* end) { return {begin, static_cast<std::size_t>(end - begin)}; }

}  // namespace

JsonFields::JsonFields(JsonView object) {
    const char* const open = object.begin_;
    const char* const limit = object.limit_;
    if (!object.is_object()) return;
    const char* at = first_inside(open, limit);
    const char* end = skip_space(open + 1, limit);
    while (at != nullptr) {
        const char* const key_end = skip_string(at, limit);
        const char* const value = skip_space(skip_space(key_end, limit) + 1, limit);
        const char* const value_end = skip_value(value, limit);
        fields_.push_back({between(at + 1, key_end - 1), between(value, value_end)});
        has_escaped_key_ = has_escaped_key_ || fields_.back().raw_key.find('\\') != std::string_view::npos;
        end = skip_space(value_end, limit);
        at = *end == ',' ? skip_space(end + 1, limit) : nullptr;
    }
    raw_ = between(open, end + 1);
}

Result<JsonFields> JsonFields::checked(std::string_view text) {
    POSTHORN_TRY(const auto keys, check_json_keys(text));
    return keys.are_whole ? JsonFields(text, keys) : JsonFields(JsonView(text));
}

// A value lies between its key's colon and the comma or brace before the next key or the end.
JsonFields::JsonFields(std::string_view checked, const JsonKeys& keys) {
    const char* const limit = checked.data() + checked.size();
    const char* const open = skip_space(checked.data(), limit);
    if (*open != '{') return;
    const char* const close = space_before(limit, open) - 1;
    raw_ = between(open, close + 1);
    for (std::size_t i = 0; i < keys.at.size(); ++i) {
        const auto key = keys.at[i];
        const char* const value = skip_space(skip_space(key.data() + key.size() + 1, limit) + 1, limit);
        const char* const behind = i + 1 < keys.at.size() ? space_before(keys.at[i + 1].data() - 1, value) - 1 : close;
        fields_.push_back({key, between(value, space_before(behind, value))});
    }
}

std::optional<JsonView> JsonFields::find(std::string_view key) const {
    for (const auto& [raw_key, value] : fields_) {
        if (has_escaped_key_ ? decode_json_string(raw_key) == key : raw_key == key) return JsonView(value);
    }
    return std::nullopt;
}

std::optional<std::string> JsonFields::first_duplicate() const {
    if (!has_escaped_key_ && fields_.size() <= kComparedMax) {
        for (auto field = fields_.begin(); field != fields_.end(); ++field) {
            const auto is_same = [&](const Field& before) { return before.raw_key == field->raw_key; };
            if (std::any_of(fields_.begin(), field, is_same)) return std::string(field->raw_key);
        }
        return std::nullopt;
    }
    std::vector<std::string> keys;
    keys.reserve(fields_.size());
    for (const auto& field : fields_) keys.push_back(decode_json_string(field.raw_key));
    std::ranges::sort(keys);
    const auto twice = std::ranges::adjacent_find(keys);
    if (twice == keys.end()) return std::nullopt;
    return *twice;
}

}  // namespace posthorn::wire
