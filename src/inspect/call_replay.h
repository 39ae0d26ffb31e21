#pragma once
// Sending a call that an inspector got to another URL.

#include <string>
#include <string_view>

#include <boost/json/object.hpp>
#include <tl/expected.hpp>

#include "http/problem_details.h"
#include "inspect/recorded_call.h"
#include "io/dialer.h"
#include "io/task.h"

namespace posthorn::inspect {

/// Whether a header says how a message travels, not what it is, and so isn't sent on; RFC 9110 section 7.6.1.
bool belongs_to_connection(std::string_view name);

/// What came back, as JSON: "status" and the answer, or "failure" and why there is none.
/// Method, headers (but those of the connection) and body are the call's; so is the query, unless `to` has one.
/// Connected to by the dialer's rules, within 10 s, no redirects. Problems: 422 (no URL), 409 (the body was cut). Net
/// thread; `dialer` outlives it.
io::Task<tl::expected<boost::json::object, http::Problem>> replay_call(io::Dialer& dialer, RecordedCall call,
                                                                       std::string to);

}  // namespace posthorn::inspect
