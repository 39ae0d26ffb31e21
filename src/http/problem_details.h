#pragma once
// What an answer of RFC 9457 says, before it is bytes.

#include <string>
#include <vector>

#include "http/server.h"

namespace posthorn::http {

/// One thing that is wrong with a body.
struct ProblemError {
    std::string pointer;  ///< JSON pointer to the place; empty is the whole body.
    std::string message;
};

struct Problem {
    unsigned status = 400;
    std::string name;    ///< Of the type, stable: "unknown-event-type" makes /problems/unknown-event-type.
    std::string title;   ///< A few words, the same for each problem of this name.
    std::string detail;  ///< What happened here, and what to do.
    std::vector<ProblemError> errors = {};
    std::vector<std::pair<std::string, std::string>> members = {};  ///< More members: name and JSON text.
};

/// The JSON text, on one line.
std::string to_json(const Problem& problem);
/// An application/problem+json answer; `retry_after_seconds` 0 is none.
Response to_response(const Problem& problem, unsigned retry_after_seconds = 0);

}  // namespace posthorn::http
