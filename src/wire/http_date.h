#pragma once
// Dates in HTTP headers (RFC 9110 section 5.6.7).

#include <chrono>
#include <string>
#include <string_view>

#include "base/result.h"

namespace posthorn::wire {

/// Sun, 06 Nov 1994 08:49:37 GMT
std::string format_http_date(std::chrono::sys_seconds at);

/// Reads that form and the two obsolete ones (RFC 850, asctime). `now` decides the century of a two-digit
/// year: one more than 50 years ahead is in the past. The day's name is not compared with the date.
/// Errors: invalid.
Result<std::chrono::sys_seconds> parse_http_date(std::string_view text, std::chrono::sys_seconds now);

}  // namespace posthorn::wire
