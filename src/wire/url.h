#pragma once
// Absolute http(s) URLs, read so strictly that the host we name is the host that gets connected to.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace posthorn::wire {

enum class Scheme : std::uint8_t { http, https };

/// A parsed URL. Escapes in path, query and fragment stay as written.
struct Url {
    Scheme scheme = Scheme::http;
    std::string host;         ///< Lower case; an IPv6 address without brackets, in its shortest form.
    bool host_is_ipv6 = false;
    bool host_is_ipv4 = false;
    std::uint16_t port = 80;  ///< The scheme's default if the URL names none.
    std::string path;         ///< Empty, or starts with '/'.
    std::string query;        ///< Without the '?'.
    std::string fragment;     ///< Without the '#'.
    std::string user_info;    ///< Without the '@'; may hold a password: never log it.
    bool has_query = false;
    bool has_fragment = false;
    bool has_user_info = false;

    bool port_is_default() const { return port == (scheme == Scheme::https ? 443 : 80); }
    /// "https://host" or "https://host:8443"; an IPv6 host in brackets.
    std::string origin() const;
    /// What goes into the Host header: "host" or "host:8443".
    std::string authority() const;
    /// What goes into the request line: path (at least "/") and query, without fragment.
    std::string target() const;
};

std::string_view to_text(Scheme scheme);

/// Reads `text`. A host is a name (letters, digits, - and _ in labels of 1 to 63, 253 in all), a dotted-quad
/// IPv4 address or an IPv6 address in brackets. Refused, because programs differ on what they mean: escapes,
/// a trailing dot or characters outside ASCII in the host, other spellings of IPv4 addresses (0x7f.1,
/// 2130706433, 0177.0.0.1, 1.2.3.4.5: a last label that is a number), IPv6 zones, backslashes, control
/// characters, white space. Errors: invalid; `where` names the part (scheme, user info, host, port, path,
/// query, fragment).
Result<Url> parse_url(std::string_view text);

/// Whether a descriptor may have a plain http baseUrl: with --dev or an --allow-receiver.
enum class PlainHttp : std::uint8_t { refused, allowed };

/// All that is wrong with `text` as a baseUrl by connect.md section 1, a sentence each; empty when it is
/// fine. Any thread.
std::vector<std::string> base_url_faults(std::string_view text, PlainHttp plain_http);

/// Whether a path segment is `.` or `..`, %2e counted as a dot.
bool is_dot_segment(std::string_view segment);
/// Whether any segment of `path` is one.
bool has_dot_segment(std::string_view path);

}  // namespace posthorn::wire
