#pragma once
// Following a stream of server-sent events of the API.

#include <functional>
#include <string>

#include "program/client.h"
#include "program/sse_parser.h"

namespace posthorn::program {

struct StreamFollower {
    /// Gets each event; false: stop. What comes meanwhile waits at the server.
    std::function<io::Task<bool>(StreamEvent)> on_event;
    std::function<void(std::string_view)> on_trouble;
    Interrupt* interrupt = nullptr;  ///< Raised: stop. May be null.
};

/// Each event as it comes, until it is stopped. Connects again by itself when the connection breaks or
/// the server goes away, with Last-Event-ID so that nothing is missed, waiting 1 s (or as
/// long as the server asks for) at first and 30 s at most;
/// `on_trouble` is told each time. A refusal that trying again won't help (4xx) ends it.
Answered<void> follow_stream(Client& client, const std::string& path, const StreamFollower& follower);

}  // namespace posthorn::program
