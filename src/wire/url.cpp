#include "wire/url.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "wire/percent.h"

namespace posthorn::wire {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// "`?`" or "the byte 0x07".
std::string named(char c) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > 0x20 && byte < 0x7F) return fmt::format("`{}`", c);
    if (byte == ' ') return "a space";
    return fmt::format("the byte 0x{:02X}", byte);
}

Error fault(std::string_view part, std::string detail) {
    return fail(Errc::invalid, std::move(detail), std::string(part));
}

// Whether `text` holds only unreserved characters, `also` and escapes.
Result<void> check_characters(std::string_view part, std::string_view text, std::string_view also) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '%') {
            if (i + 2 >= text.size() || hex_digit(text[i + 1]) < 0 || hex_digit(text[i + 2]) < 0) {
                return fault(part, fmt::format("the {} has a % without two hex digits behind it", part));
            }
            i += 2;
        } else if (!is_unreserved(c) && also.find(c) == std::string_view::npos) {
            return fault(part, fmt::format("the {} has {}, which must be percent-encoded", part, named(c)));
        }
    }
    return {};
}

constexpr std::string_view kSubDelimiters = "!$&'()*+,;=";
constexpr std::string_view kPathAlso = "!$&'()*+,;=:@/";
constexpr std::string_view kQueryAlso = "!$&'()*+,;=:@/?";

Result<void> read_ipv6(std::string_view text, Url& url) {
    if (text.find('%') != std::string_view::npos) {
        return fault("host", "an IPv6 address with a zone cannot be used in a URL here");
    }
    std::array<char, INET6_ADDRSTRLEN> name{};
    in6_addr address{};
    if (inet_pton(AF_INET6, std::string(text).c_str(), &address) != 1) {
        return fault("host", fmt::format("[{}] is not an IPv6 address", text));
    }
    inet_ntop(AF_INET6, &address, name.data(), name.size());
    url.host = name.data();
    url.host_is_ipv6 = true;
    return {};
}

// Whether programs of the inet_aton kind would take the label for a number: digits, or 0x and hex digits.
bool is_numeric(std::string_view label) {
    if (label.size() >= 2 && label[0] == '0' && lower(label[1]) == 'x') {
        return std::ranges::all_of(label.substr(2), [](char c) { return hex_digit(c) >= 0; });
    }
    return std::ranges::all_of(label, is_digit);
}

Result<void> read_name(std::string_view text, Url& url) {
    if (text.size() > 253) return fault("host", "the host's name is longer than 253 characters");
    std::string_view label;
    for (std::string_view rest = text;;) {
        label = rest.substr(0, rest.find('.'));
        if (label.empty()) {
            return fault("host", rest.empty() ? "the host's name ends with a dot"
                                              : "the host's name has an empty label (two dots, or one in front)");
        }
        if (label.size() > 63) return fault("host", "a label of the host's name is longer than 63 characters");
        for (const char c : label) {
            if (c == '%') return fault("host", "the host must not be percent-encoded");
            if (static_cast<unsigned char>(c) >= 0x80) {
                return fault("host", "the host has characters outside ASCII; write it in its xn-- form");
            }
            const bool is_fine = is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z') || c == '-' || c == '_';
            if (!is_fine) return fault("host", fmt::format("the host has {}", named(c)));
        }
        rest.remove_prefix(label.size());
        if (rest.empty()) break;
        rest.remove_prefix(1);
    }

    url.host.resize(text.size());
    std::ranges::transform(text, url.host.begin(), lower);
    if (!is_numeric(label)) return {};

    // inet_pton takes a strict dotted quad only: four decimal numbers without leading zeros.
    in_addr address{};
    if (inet_pton(AF_INET, url.host.c_str(), &address) != 1) {
        return fault("host", fmt::format("the host {} ends in a number but is no IPv4 address of the form "
                                         "192.0.2.1",
                                         text));
    }
    url.host_is_ipv4 = true;
    return {};
}

Result<void> read_port(std::string_view text, Url& url) {
    const bool is_number = !text.empty() && text.size() <= 5 && std::ranges::all_of(text, is_digit);
    std::uint32_t port = 0;
    if (is_number) std::from_chars(text.data(), text.data() + text.size(), port);
    if (port == 0 || port > 65535 || text.front() == '0') {
        return fault("port", fmt::format("the port `{}` is not a number from 1 to 65535", text));
    }
    url.port = static_cast<std::uint16_t>(port);
    return {};
}

Result<void> read_authority(std::string_view authority, Url& url) {
    if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
        url.has_user_info = true;
        url.user_info = authority.substr(0, at);
        authority.remove_prefix(at + 1);
        // Not shown in the message, for it may hold a password.
        if (url.user_info.find('@') != std::string::npos) {
            return fault("user info", "there is more than one @ before the host");
        }
        POSTHORN_CHECK(check_characters("user info", url.user_info, std::string(kSubDelimiters) + ":"));
    }
    std::size_t host_bytes = authority.find(':');
    if (authority.starts_with('[')) {
        const std::size_t close = authority.find(']');
        if (close == std::string_view::npos) return fault("host", "the IPv6 address has no closing bracket");
        POSTHORN_CHECK(read_ipv6(authority.substr(1, close - 1), url));
        host_bytes = close + 1;
    } else {
        if (authority.substr(0, host_bytes).empty()) return fault("host", "there is no host");
        POSTHORN_CHECK(read_name(authority.substr(0, host_bytes), url));
    }
    if (host_bytes >= authority.size()) return {};
    if (authority[host_bytes] != ':') return fault("host", "there is something between the host and the port");
    return read_port(authority.substr(host_bytes + 1), url);
}

std::optional<Scheme> take_scheme(std::string_view& text) {
    std::string start(text.substr(0, 8));
    std::ranges::transform(start, start.begin(), lower);
    for (const Scheme scheme : {Scheme::http, Scheme::https}) {
        const std::string prefix = fmt::format("{}://", to_text(scheme));
        if (!start.starts_with(prefix)) continue;
        text.remove_prefix(prefix.size());
        return scheme;
    }
    return std::nullopt;
}

}  // namespace

std::string_view to_text(Scheme scheme) { return scheme == Scheme::https ? "https" : "http"; }

std::string Url::authority() const {
    std::string text = host_is_ipv6 ? fmt::format("[{}]", host) : host;
    if (!port_is_default()) text += fmt::format(":{}", port);
    return text;
}

std::string Url::origin() const { return fmt::format("{}://{}", to_text(scheme), authority()); }

std::string Url::target() const {
    std::string text = path.empty() ? "/" : path;
    if (has_query) text += "?" + query;
    return text;
}

Result<Url> parse_url(std::string_view text) {
    Url url;
    std::string_view rest = text;
    const auto scheme = take_scheme(rest);
    if (!scheme) {
        return fault("scheme", text.empty() ? "the URL is empty" : "the URL does not start with http:// or https://");
    }
    url.scheme = *scheme;
    url.port = *scheme == Scheme::https ? 443 : 80;

    const std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
    POSTHORN_CHECK(read_authority(authority, url));
    rest.remove_prefix(authority.size());

    if (const std::size_t hash = rest.find('#'); hash != std::string_view::npos) {
        url.has_fragment = true;
        url.fragment = rest.substr(hash + 1);
        rest = rest.substr(0, hash);
        POSTHORN_CHECK(check_characters("fragment", url.fragment, kQueryAlso));
    }
    if (const std::size_t mark = rest.find('?'); mark != std::string_view::npos) {
        url.has_query = true;
        url.query = rest.substr(mark + 1);
        rest = rest.substr(0, mark);
        POSTHORN_CHECK(check_characters("query", url.query, kQueryAlso));
    }
    url.path = rest;
    POSTHORN_CHECK(check_characters("path", url.path, kPathAlso));
    return url;
}

std::vector<std::string> base_url_faults(std::string_view text, PlainHttp plain_http) {
    const auto url = parse_url(text);
    if (!url) {
        return {fmt::format("{}; allowed is an absolute URL such as https://addon.example/path", url.error().detail)};
    }
    std::vector<std::string> faults;
    if (url->scheme == Scheme::http && plain_http == PlainHttp::refused) {
        faults.push_back("http is not allowed, only https (unless the server runs with --dev or --allow-receiver)");
    }
    if (url->has_user_info) faults.push_back("it must not have user info (a name or password before the host)");
    if (url->has_query) faults.push_back("it must not have a query (`?` and what follows)");
    if (url->has_fragment) faults.push_back("it must not have a fragment (`#` and what follows)");
    if (has_dot_segment(url->path)) faults.push_back("its path must not have a segment `.` or `..`");
    return faults;
}

bool is_dot_segment(std::string_view segment) {
    std::size_t dots = 0;
    while (!segment.empty()) {
        if (segment.front() == '.') segment.remove_prefix(1);
        else if (segment.size() >= 3 && segment.starts_with("%2") && lower(segment[2]) == 'e') segment.remove_prefix(3);
        else return false;
        if (++dots > 2) return false;
    }
    return dots > 0;
}

bool has_dot_segment(std::string_view path) {
    for (;;) {
        const std::size_t slash = path.find('/');
        if (is_dot_segment(path.substr(0, slash))) return true;
        if (slash == std::string_view::npos) return false;
        path.remove_prefix(slash + 1);
    }
}

}  // namespace posthorn::wire
