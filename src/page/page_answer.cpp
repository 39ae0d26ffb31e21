#include "page/page_answer.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "page/page_files.h"

namespace posthorn::page {

namespace {

// The page's own addresses: web/src/state/address.ts has the same list, and a test compares.
constexpr std::array<std::string_view, 8> kAddresses = {"",        "deliveries", "events", "addons",
                                                        "inspect", "tenants",    "keys",   "system"};

std::string_view first_segment(std::string_view path) {
    path.remove_prefix(std::min<std::size_t>(1, path.size()));
    return path.substr(0, path.find('/'));
}

/// Whether a list such as "gzip, br;q=0.5" has `name` with a weight other than 0 (RFC 9110 section 12.5.3).
bool accepts(std::string_view list, std::string_view name) {
    while (!list.empty()) {
        const auto end = list.find(',');
        auto item = list.substr(0, end);
        list = end == std::string_view::npos ? "" : list.substr(end + 1);
        const auto start = item.find_first_not_of(" \t");
        if (start == std::string_view::npos) continue;
        item.remove_prefix(start);
        const auto word = item.substr(0, item.find_first_of(" \t;"));
        if (word != name) continue;
        const auto weight = item.find("q=");
        if (weight == std::string_view::npos) return true;
        return item.substr(weight + 2).find_first_of("123456789") != std::string_view::npos;
    }
    return false;
}

void add_security(http::HeaderList& headers) {
    headers.emplace_back("Content-Security-Policy",
                         "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
                         "img-src 'self' data:; font-src 'self'; frame-ancestors 'none'; base-uri 'none'; "
                         "form-action 'none'");
    headers.emplace_back("X-Content-Type-Options", "nosniff");
    headers.emplace_back("Referrer-Policy", "no-referrer");
    headers.emplace_back("Cross-Origin-Opener-Policy", "same-origin");
    headers.emplace_back("Cross-Origin-Resource-Policy", "same-origin");
}

http::Response file_response(const PageFile& file, const PageRequest& request) {
    http::Response response;
    auto& headers = response.headers;
    // Each form of a file has a tag of its own, so that a cache can't mix them up.
    std::string tag = "\"" + std::string(file.etag);
    std::string_view bytes = file.plain;
    if (!file.brotli.empty() && accepts(request.accept_encoding, "br")) {
        bytes = file.brotli;
        tag += "-br";
        headers.emplace_back("Content-Encoding", "br");
    } else if (!file.gzip.empty() && accepts(request.accept_encoding, "gzip")) {
        bytes = file.gzip;
        tag += "-gz";
        headers.emplace_back("Content-Encoding", "gzip");
    }
    tag += '"';
    headers.emplace_back("Content-Type", file.type);
    headers.emplace_back("Vary", "Accept-Encoding");
    headers.emplace_back("ETag", tag);
    headers.emplace_back("Cache-Control", file.is_immutable() ? "public, max-age=31536000, immutable" : "no-cache");
    add_security(headers);
    if (request.if_none_match.find(tag) != std::string_view::npos) response.status = 304;
    else response.body = bytes;
    return response;
}

}  // namespace

std::optional<http::Response> page_answer(const PageRequest& request) {
    if (const auto* file = find_page_file(request.path)) return file_response(*file, request);
    const auto* page = find_page_file("/index.html");
    if (page == nullptr) return std::nullopt;
    if (std::ranges::find(kAddresses, first_segment(request.path)) != kAddresses.end())
        return file_response(*page, request);
    if (request.path.starts_with("/api/") || request.accept.find("text/html") == std::string_view::npos)
        return std::nullopt;
    auto response = file_response(*page, {request.path, request.accept, request.accept_encoding, {}});
    response.status = 404;
    return response;
}

}  // namespace posthorn::page
