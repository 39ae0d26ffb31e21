#pragma once
// An inspector for the time of a command: made at its start, deleted at its end.

#include <functional>
#include <string>
#include <vector>

#include <boost/json/value.hpp>

#include "program/client_command.h"
#include "program/event_stream.h"

namespace posthorn::program {

struct InspectorOptions {
    ClientOptions client;
    std::string ttl;                  ///< Empty: the server's default.
    std::string secret;               ///< Of one that is there already, to go on with; empty: a new one.
    std::vector<std::string> events;  ///< Only those types (lifecycle calls aside); empty: all.
    bool elsewhere = false;           ///< Only make it, for another host.
    bool keep = false;                ///< Don't delete it at the end.
};

/// --ttl, --secret, --event, --elsewhere, --keep, --tenant and the server's.
void add_inspector_options(Arguments& arguments, InspectorOptions& options);

/// Gets each call, and the secret of the inspector that got it.
using CallTaker = std::function<io::Task<void>(std::string inspector_secret, json::value call)>;

/// Makes the inspector, or looks up the one that is there; shows its addresses; gives each call, from the first one
/// that is kept, to `on_call` until Ctrl-C or its end; deletes it. The exit code.
int follow_inspector(const InspectorOptions& options, ClientCommand& command, const CallTaker& on_call);

}  // namespace posthorn::program
