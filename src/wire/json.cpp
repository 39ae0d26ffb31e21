#include "wire/json.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <vector>

#include "base/assert.h"
#include "wire/json_skip.h"
#include "wire/json_string.h"

namespace posthorn::wire {
namespace {

constexpr std::string_view kNull = "null";

bool has_escape(std::string_view raw) { return raw.find('\\') != std::string_view::npos; }

bool content_is(std::string_view raw, std::string_view text) {
    // An escape is always longer than what it stands for.
    if (raw.size() < text.size()) return false;
    if (raw.size() == text.size()) return raw == text && !has_escape(raw);
    return has_escape(raw) && decode_json_string(raw) == text;
}

}  // namespace

JsonView::JsonView() : JsonView(kNull) {}

JsonView::JsonView(std::string_view checked)
    : begin_(skip_space(checked.data(), checked.data() + checked.size())), limit_(checked.data() + checked.size()) {
    POSTHORN_ASSERT(begin_ < limit_);
}

JsonKind JsonView::kind() const {
    switch (*begin_) {
        case '{': return JsonKind::object;
        case '[': return JsonKind::array;
        case '"': return JsonKind::string;
        case 't':
        case 'f': return JsonKind::boolean;
        case 'n': return JsonKind::null;
        default: return JsonKind::number;
    }
}

std::string_view JsonView::raw() const {
    const char* const end = skip_value(begin_, limit_);
    return {begin_, static_cast<std::size_t>(end - begin_)};
}

std::string JsonView::string() const {
    POSTHORN_ASSERT(is_string());
    const std::string_view quoted = raw();
    return decode_json_string(quoted.substr(1, quoted.size() - 2));
}

std::optional<std::string_view> JsonView::plain_string() const {
    POSTHORN_ASSERT(is_string());
    const std::string_view quoted = raw();
    const std::string_view content = quoted.substr(1, quoted.size() - 2);
    if (has_escape(content)) return std::nullopt;
    return content;
}

bool JsonView::string_is(std::string_view text) const {
    if (!is_string()) return false;
    const std::string_view quoted = raw();
    return content_is(quoted.substr(1, quoted.size() - 2), text);
}

std::optional<bool> JsonView::boolean() const {
    if (kind() != JsonKind::boolean) return std::nullopt;
    return *begin_ == 't';
}

std::optional<std::int64_t> JsonView::integer() const {
    if (kind() != JsonKind::number) return std::nullopt;
    const std::string_view token = raw();
    std::int64_t value = 0;
    const auto [end, code] = std::from_chars(token.data(), token.data() + token.size(), value);
    if (code != std::errc() || end != token.data() + token.size()) return std::nullopt;
    return value;
}

std::optional<double> JsonView::number() const {
    if (kind() != JsonKind::number) return std::nullopt;
    const std::string_view token = raw();
    double value = 0;
    const auto [end, code] = std::from_chars(token.data(), token.data() + token.size(), value);
    // from_chars does not say whether it was too big or too small, strtod does.
    if (code == std::errc::result_out_of_range) return std::strtod(std::string(token).c_str(), nullptr);
    return value;
}

JsonMembers JsonView::members() const { return {is_object() ? first_inside(begin_, limit_) : nullptr, limit_}; }

JsonElements JsonView::elements() const { return {is_array() ? first_inside(begin_, limit_) : nullptr, limit_}; }

std::size_t JsonView::size() const {
    std::size_t count = 0;
    for ([[maybe_unused]] const JsonMember& member : members()) ++count;
    for ([[maybe_unused]] const JsonView element : elements()) ++count;
    return count;
}

std::optional<JsonView> JsonView::find(std::string_view key) const {
    for (const JsonMember& member : members()) {
        if (member.key_is(key)) return member.value;
    }
    return std::nullopt;
}

std::optional<JsonView> JsonView::at_pointer(std::string_view pointer) const {
    if (!pointer.empty() && pointer.front() != '/') return std::nullopt;
    JsonView view = *this;
    while (!pointer.empty()) {
        pointer.remove_prefix(1);
        const std::string_view step = pointer.substr(0, pointer.find('/'));
        pointer.remove_prefix(step.size());
        auto next = view.child(step);
        if (!next) return std::nullopt;
        view = *next;
    }
    return view;
}

std::optional<JsonView> JsonView::child(std::string_view step) const {
    if (is_object()) {
        if (step.find('~') == std::string_view::npos) return find(step);
        std::string key;
        for (std::size_t i = 0; i < step.size(); ++i) {
            if (step[i] == '~') {
                if (++i == step.size() || (step[i] != '0' && step[i] != '1')) return std::nullopt;
                key.push_back(step[i] == '0' ? '~' : '/');
            } else {
                key.push_back(step[i]);
            }
        }
        return find(key);
    }
    if (!is_array() || step.empty() || (step.front() == '0' && step.size() > 1)) return std::nullopt;
    std::size_t index = 0;
    const auto [end, code] = std::from_chars(step.data(), step.data() + step.size(), index);
    if (code != std::errc() || end != step.data() + step.size()) return std::nullopt;
    for (const JsonView element : elements()) {
        if (index-- == 0) return element;
    }
    return std::nullopt;
}

std::string JsonMember::key() const { return decode_json_string(raw_key); }

bool JsonMember::key_is(std::string_view text) const { return content_is(raw_key, text); }

JsonMembers::Iterator::Iterator(const char* at, const char* limit) : at_(at), limit_(limit) { read(); }

JsonMembers::Iterator& JsonMembers::Iterator::operator++() {
    at_ = next_inside(member_.value.begin_, limit_);
    read();
    return *this;
}

void JsonMembers::Iterator::read() {
    if (at_ == nullptr) return;
    const char* const key_end = skip_string(at_, limit_);
    member_.raw_key = {at_ + 1, static_cast<std::size_t>(key_end - at_ - 2)};
    const char* const colon = skip_space(key_end, limit_);
    member_.value = JsonView(skip_space(colon + 1, limit_), limit_);
}

JsonElements::Iterator::Iterator(const char* at, const char* limit) : at_(at), limit_(limit) {
    if (at_ != nullptr) element_ = JsonView(at_, limit_);
}

JsonElements::Iterator& JsonElements::Iterator::operator++() {
    at_ = next_inside(at_, limit_);
    if (at_ != nullptr) element_ = JsonView(at_, limit_);
    return *this;
}

void append_pointer_step(std::string& pointer, std::string_view name) {
    pointer.push_back('/');
    for (const char c : name) {
        if (c == '~') pointer += "~0";
        else if (c == '/') pointer += "~1";
        else pointer.push_back(c);
    }
}

}  // namespace posthorn::wire
