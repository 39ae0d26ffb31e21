#pragma once
// JSON answers, built with Boost.JSON.

#include <optional>
#include <string>
#include <string_view>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "api/request.h"
#include "base/moment.h"
#include "registry/finding.h"

namespace posthorn::api {

namespace json = boost::json;

http::Response json_response(unsigned status, const json::value& value);

/// JSON text of ours as a value.
json::value parsed(std::string_view checked);

/// Foreign bytes as a JSON string: what is no UTF-8 becomes U+FFFD.
std::string utf8_of(std::string_view bytes);

/// RFC 3339, or null.
json::value time_or_null(const std::optional<Moment>& at);

/// {"items":[...],"next":...}
json::object page(json::array items, std::optional<std::string> next);

/// [{"pointer","message"}]
json::array to_json(const registry::Findings& findings);
std::vector<http::ProblemError> to_errors(const registry::Findings& findings);

/// The query parameters `limit` (1 to 500, default 50) and `cursor`; times as RFC 3339.
struct Paging {
    std::size_t limit = 50;
    std::optional<std::uint64_t> cursor;
};
tl::expected<Paging, http::Problem> paging_of(const Request& request);
std::optional<std::string> cursor_text(const std::optional<std::uint64_t>& next);
tl::expected<std::optional<Moment>, http::Problem> time_of(const Request& request, std::string_view name);

}  // namespace posthorn::api
