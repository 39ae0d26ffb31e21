#pragma once
// Answers that say what was wrong with a request: RFC 9457.

#include <string>
#include <string_view>

#include "http/server.h"

namespace posthorn::http {

/// The type of a problem that has no other name than its status: "/problems/bad-request".
std::string problem_type(unsigned status);

/// An application/problem+json answer with type, title, status and detail, as the server makes them for faults
/// of the protocol. `detail` is a sentence for a person. Any thread.
Response problem(unsigned status, std::string_view detail);

}  // namespace posthorn::http
