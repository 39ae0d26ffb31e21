#pragma once
// Following a stream of server-sent events of the API.

#include <functional>
#include <string>

#include "program/client.h"
#include "program/sse_parser.h"

namespace posthorn::program {

/// Each event as it comes, until `on_event` says stop (false). Connects again by itself when the connection breaks or
/// the server goes away, with Last-Event-ID so that nothing is missed, waiting 1 s (or as
/// long as the server asks for) at first and 30 s at most;
/// `on_trouble` is told each time. A refusal that trying again won't help (4xx) ends it.
Answered<void> follow_stream(Client& client, const std::string& path,
                             const std::function<bool(const StreamEvent&)>& on_event,
                             const std::function<void(std::string_view)>& on_trouble);

}  // namespace posthorn::program
