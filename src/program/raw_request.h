#pragma once
// A received HTTP request as somebody kept it: from a log, from `nc`, from a test.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace posthorn::program {

struct RawRequest {
    std::string method;
    std::string target;  ///< Path and query.
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
};

/// Reads the head strictly as a server would, but forgives what editors and copying do: lines that end with LF alone,
/// no empty line behind the headers, no Host. Errors: invalid, with what is wrong.
Result<RawRequest> parse_raw_request(std::string_view text);

}  // namespace posthorn::program
