// A request in full.

#include "base/assert.h"
#include "http/client.h"
#include "wire/http1.h"

namespace posthorn::http {

std::string write_request(std::string_view method, std::string_view target, std::string_view host,
                          const std::vector<std::pair<std::string, std::string>>& headers, std::string_view body) {
    constexpr std::string_view kVersion = " HTTP/1.1\r\n";
    constexpr std::size_t kLengthHeaderMax = 40;
    POSTHORN_ASSERT(wire::is_safe_header_value(host));
    POSTHORN_ASSERT(target.find_first_of(std::string_view(" \r\n\0", 4)) == std::string_view::npos);
    std::size_t size = method.size() + 1 + target.size() + kVersion.size() + host.size() + 8 + kLengthHeaderMax + 2;
    for (const auto& [name, value] : headers) size += name.size() + value.size() + 4;

    std::string out;
    out.reserve(size + body.size());
    out += method;
    out += ' ';
    out += target;
    out += kVersion;
    wire::append_header(out, "Host", host);
    for (const auto& [name, value] : headers) {
        POSTHORN_ASSERT(wire::is_safe_header_value(name));
        POSTHORN_ASSERT(wire::is_safe_header_value(value));
        wire::append_header(out, name, value);
    }
    const bool has_meaning_for_body = method == "POST" || method == "PUT" || method == "PATCH";
    if (!body.empty() || has_meaning_for_body) wire::append_header(out, "Content-Length", std::uint64_t{body.size()});
    out += "\r\n";
    out += body;
    return out;
}

}  // namespace posthorn::http
