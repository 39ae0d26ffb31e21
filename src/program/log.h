#pragma once
// What the running server tells its operator: on standard error, a line each.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "program/serve_options.h"

namespace posthorn::program {

/// Facts beside the sentence of a log line. Never a secret: no key, token, secret or body.
using LogFacts = std::vector<std::pair<std::string_view, std::string>>;

/// Sets how lines look from now on: text for people, or one JSON object a line with "time" (RFC 3339 UTC), "level"
/// and "message". `automatic` is text on a terminal. Call once, before other threads log. Until then: text.
void start_log(LogFormat format);
/// Only warnings and errors from now on: for a command that tells by itself what happens.
void log_troubles_only();

/// Any thread.
void log_info(std::string_view text, const LogFacts& facts = {});
void log_warning(std::string_view text, const LogFacts& facts = {});
void log_error(std::string_view text, const LogFacts& facts = {});

}  // namespace posthorn::program
