#include "registry/header_names.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace posthorn::registry {

namespace {

constexpr std::size_t kNameBytesMax = 128;
constexpr std::size_t kValueBytesMax = 8 * 1024;

// Ours to set: what frames the request, what names its receiver, what Connect defines. An entry that ends with
// '-' stands for all names that begin so.
constexpr std::array<std::string_view, 13> kOurs = {
    "host", "connection", "content-", "transfer-encoding", "authorization", "x-atlassian-", "atlassian-connect-version",
    // Not named by api.md, but they too would change how the request is framed or answered.
    "te", "trailer", "upgrade", "expect", "keep-alive", "proxy-"};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool starts_with_name(std::string_view name, std::string_view prefix) {
    return name.size() >= prefix.size() && same_header_name(name.substr(0, prefix.size()), prefix);
}

// tchar of RFC 9110 section 5.6.2.
bool is_token_char(char c) {
    constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kMarks.find(c) != std::string_view::npos;
}

}  // namespace

bool same_header_name(std::string_view one, std::string_view other) {
    return std::ranges::equal(one, other, {}, lower, lower);
}

std::string header_name_fault(std::string_view name) {
    if (name.empty() || !std::ranges::all_of(name, is_token_char))
        return "a header's name consists of letters, digits and !#$%&'*+-.^_`|~ (RFC 9110)";
    if (name.size() > kNameBytesMax) return fmt::format("a header's name has at most {} bytes", kNameBytesMax);
    for (const auto ours : kOurs) {
        const bool is_refused = ours.back() == '-' ? starts_with_name(name, ours) : same_header_name(name, ours);
        if (is_refused)
            return "this header is set by Posthorn; Host, Connection, Content-*, Transfer-Encoding, Authorization, "
                   "X-Atlassian-*, Atlassian-Connect-Version, and TE, Trailer, Upgrade, Expect, Keep-Alive, Proxy-* "
                   "can't be set";
    }
    return {};
}

std::string header_value_fault(std::string_view value) {
    const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
    if (std::ranges::any_of(value, is_control)) return "a header's value can't have control characters";
    if (!value.empty() && (value.front() == ' ' || value.back() == ' '))
        return "a header's value can't begin or end with a space";
    if (value.size() > kValueBytesMax) return fmt::format("a header's value has at most {} bytes", kValueBytesMax);
    return {};
}

}  // namespace posthorn::registry
