#include "api/json_answer.h"

#include <charconv>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "base/assert.h"
#include "base/id.h"

namespace posthorn::api {

namespace {

constexpr std::size_t kLimitMax = 500;

http::Problem wrong_parameter(std::string_view name, std::string detail) {
    return {400, "wrong-parameter", "Wrong query parameter", "'" + std::string(name) + "' " + std::move(detail)};
}

/// The length of the UTF-8 sequence at `at`, 0 if there is none (RFC 3629).
std::size_t sequence_at(std::string_view bytes, std::size_t at) {
    const auto byte = [&](std::size_t i) -> unsigned {
        return at + i < bytes.size() ? static_cast<unsigned char>(bytes[at + i]) : 0U;
    };
    const auto is_tail = [&](std::size_t i, unsigned low = 0x80, unsigned high = 0xBF) {
        return byte(i) >= low && byte(i) <= high;
    };
    const auto first = byte(0);
    if (first < 0x80) return 1;
    if (first >= 0xC2 && first <= 0xDF) return is_tail(1) ? 2 : 0;
    if (first >= 0xE0 && first <= 0xEF)
        return is_tail(1, first == 0xE0 ? 0xA0 : 0x80, first == 0xED ? 0x9F : 0xBF) && is_tail(2) ? 3 : 0;
    if (first >= 0xF0 && first <= 0xF4)
        return is_tail(1, first == 0xF0 ? 0x90 : 0x80, first == 0xF4 ? 0x8F : 0xBF) && is_tail(2) && is_tail(3) ? 4 : 0;
    return 0;
}

}  // namespace

http::Response json_response(unsigned status, const json::value& value) {
    return json_response(status, json::serialize(value));
}

json::value parsed(std::string_view checked) {
    boost::system::error_code error;
    auto value = json::parse(checked, error);
    POSTHORN_ASSERT(!error);
    return value;
}

std::string utf8_of(std::string_view bytes) {
    std::string text;
    text.reserve(bytes.size());
    for (std::size_t at = 0; at < bytes.size();) {
        const auto length = sequence_at(bytes, at);
        if (length == 0) {
            text += "\xEF\xBF\xBD";
            ++at;
        } else {
            text.append(bytes, at, length);
            at += length;
        }
    }
    return text;
}

json::value time_or_null(const std::optional<Moment>& at) {
    return at ? json::value(to_rfc3339(*at)) : json::value(nullptr);
}

json::object page(json::array items, std::optional<std::string> next) {
    json::object object;
    object["items"] = std::move(items);
    object["next"] = next ? json::value(*next) : json::value(nullptr);
    return object;
}

json::array to_json(const registry::Findings& findings) {
    json::array array;
    for (const auto& finding : findings)
        array.push_back(json::object{{"pointer", finding.pointer}, {"message", utf8_of(finding.message)}});
    return array;
}

std::vector<http::ProblemError> to_errors(const registry::Findings& findings) {
    std::vector<http::ProblemError> errors;
    for (const auto& finding : findings) errors.push_back({finding.pointer, finding.message});
    return errors;
}

tl::expected<Paging, http::Problem> paging_of(const Request& request) {
    Paging paging;
    if (const auto text = request.query("limit")) {
        const auto* end = text->data() + text->size();
        const auto [stop, error] = std::from_chars(text->data(), end, paging.limit);
        if (error != std::errc() || stop != end || paging.limit < 1 || paging.limit > kLimitMax)
            return tl::unexpected(wrong_parameter("limit", "must be a number from 1 to 500."));
    }
    if (const auto text = request.query("cursor")) {
        paging.cursor = from_text("c", *text);
        if (!paging.cursor)
            return tl::unexpected(wrong_parameter("cursor", "must be the \"next\" of the page before."));
    }
    return paging;
}

std::optional<std::string> cursor_text(const std::optional<std::uint64_t>& next) {
    return next ? std::optional(to_text("c", *next)) : std::nullopt;
}

tl::expected<std::optional<Moment>, http::Problem> time_of(const Request& request, std::string_view name) {
    const auto text = request.query(name);
    if (!text) return std::optional<Moment>();
    const auto at = parse_rfc3339(*text);
    if (!at) return tl::unexpected(wrong_parameter(name, at.error().detail + "."));
    return std::optional(*at);
}

}  // namespace posthorn::api
