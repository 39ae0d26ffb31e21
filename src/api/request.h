#pragma once
// A request on its way through the API: who asks, for what, with which body.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "api/access.h"
#include "base/result.h"
#include "http/problem_details.h"
#include "http/server.h"
#include "registry/snapshot.h"
#include "wire/json.h"

namespace posthorn::api {

/// An answer, or what is wrong.
using Answer = tl::expected<http::Response, http::Problem>;

/// Lives for the time of one request, on the net thread.
struct Request {
    http::Exchange& exchange;
    registry::SnapshotPtr snapshot;  ///< Taken at the start; pointers below live as long as it.
    Caller caller;
    std::vector<std::string> parameters;       ///< Of the path, decoded, in the order of the pattern.
    const registry::Tenant* tenant = nullptr;  ///< Of {tenant}, or of the tenant that the route stands for.
    const registry::Installation* installation = nullptr;  ///< Of {addon}: known, perhaps uninstalled.

    /// A query parameter, decoded; nothing if it is not there.
    std::optional<std::string> query(std::string_view name) const;
};

/// A checked body of JSON and the view of it, valid until the answer is sent.
struct JsonBody {
    std::string_view text;
    wire::JsonView view;
};

/// The body as a JSON object. Problems: 413, 415 (not JSON), 400 (broken, with the place), 422 (no object).
io::Task<tl::expected<JsonBody, http::Problem>> read_json(Request& request, std::size_t bytes_max = 1024 * 1024);
/// The same, but an absent body is `{}`.
io::Task<tl::expected<JsonBody, http::Problem>> read_optional_json(Request& request);

http::Response json_response(unsigned status, std::string json);
http::Response no_content();

http::Problem not_found(std::string detail);
http::Problem wrong(std::string detail, std::vector<http::ProblemError> errors = {});
/// What an error of the layers below is outside: invalid 422, not_found 404, conflict 409, forbidden 403, too_large 413,
/// full, timeout and io 503 (with Retry-After), others 500.
http::Problem problem_of(const Error& error);

}  // namespace posthorn::api
