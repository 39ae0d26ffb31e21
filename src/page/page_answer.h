#pragma once
// Which file of the page answers a request, and how it is sent.

#include <optional>
#include <string_view>

#include "http/server.h"
#include "wire/http1.h"

namespace posthorn::page {

/// What of a GET or HEAD decides about the answer.
struct PageRequest {
    std::string_view path;  ///< As on the wire, without the query.
    std::string_view accept = {};
    std::string_view accept_encoding = {};
    std::string_view if_none_match = {};
};

/// A file, or the page itself for each address that the page shows (it looks at the address in the browser), with a
/// strict Content-Security-Policy, ETag and 304. A browser that asks for an address which nobody has gets the page with
/// 404; anyone else nothing: it is the caller's to say so.
std::optional<http::Response> page_answer(const PageRequest& request);

}  // namespace posthorn::page
