#include "inspect/recorded_call.h"

#include <charconv>

#include "wire/json.h"

namespace posthorn::inspect {

namespace {

constexpr std::string_view kMask = R"("***")";
constexpr std::size_t kRowBytes = 128;

/// `value` is JSON.
MaskedBody replace_secret(std::string_view body, std::string_view value) {
    MaskedBody replaced;
    if (!wire::check_json(body)) {
        replaced.body = body;
        return replaced;
    }
    bool is_first = true;
    std::size_t copied = 0;
    for (const auto& member : wire::JsonView(body).members()) {
        if (member.key() != "sharedSecret") continue;
        if (is_first && member.value.is_string()) replaced.secret = member.value.string();
        is_first = false;
        const auto raw = member.value.raw();
        const auto at = static_cast<std::size_t>(raw.data() - body.data());
        replaced.body.append(body.substr(copied, at - copied)).append(value);
        copied = at + raw.size();
    }
    replaced.body.append(body.substr(copied));
    return replaced;
}

}  // namespace

std::optional<std::string_view> RecordedCall::header(std::string_view name_wanted) const {
    std::vector<wire::Header> views;
    views.reserve(headers.size());
    for (const auto& [known, value] : headers) views.push_back({known, value});
    return wire::find_header(views, name_wanted);
}

std::size_t RecordedCall::bytes_kept() const {
    auto bytes = kRowBytes + name.size() + target.size() + body.size() + token_summary.size() + token.size();
    for (const auto& [known, value] : headers) bytes += known.size() + value.size() + 24;
    return bytes;
}

MaskedBody mask_secret(std::string_view body) { return replace_secret(body, kMask); }

std::string put_secret(std::string_view body, const std::string& secret) {
    return replace_secret(body, '"' + secret + '"').body;
}

std::string text_member(std::string_view body, std::string_view name) {
    if (!wire::check_json(body)) return {};
    const auto value = wire::JsonView(body).find(name);
    return value && value->is_string() ? value->string() : std::string();
}

std::optional<std::uint32_t> retry_of(const RecordedCall& call) {
    const auto text = call.header("X-Atlassian-Webhook-Retry");
    if (!text) return std::nullopt;
    std::uint32_t number = 0;
    const auto* end = text->data() + text->size();
    const auto [stop, error] = std::from_chars(text->data(), end, number);
    return error == std::errc() && stop == end ? std::optional(number) : std::nullopt;
}

}  // namespace posthorn::inspect
