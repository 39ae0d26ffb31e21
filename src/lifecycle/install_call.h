#pragma once
// The `installed` and `uninstalled` calls, signed as `installSigning` says: connect.md section 4.

#include <optional>
#include <string>

#include "base/moment.h"
#include "engine/engine.h"
#include "io/dialer.h"
#include "io/task.h"
#include "lifecycle/call.h"
#include "registry/installation.h"
#include "registry/secret.h"
#include "registry/snapshot.h"

namespace posthorn::lifecycle {

/// What such a call needs. A value, so that the call depends on nothing that changes meanwhile.
struct InstallCall {
    registry::Installation installation;  ///< Compiled; with the descriptor that is to be in force.
    registry::SnapshotPtr snapshot;       ///< Has its tenant.
    std::string event_type = "installed";  ///< Or "uninstalled".
    std::optional<registry::Secret> carried;  ///< `sharedSecret`; none for add-ons without authentication.
    /// What `legacy` signs with, the first that the add-on takes: the current secret, then one that an earlier call
    /// carried without an answer.
    std::optional<registry::Secret> current;
    std::optional<registry::Secret> unanswered;
};

struct InstallAnswer {
    CallResult result;  ///< Of the last call.
    std::string url;
    std::optional<registry::InstallSigning> signing;  ///< What was taken; none for a call without signature by `none`.
};

/// Posts it; once more with another signature where the setting `auto` allows that and the add-on answered 400, 401
/// or 403. Each call ends within `limit`. The add-on must have the URL. Net thread; references outlive it.
io::Task<InstallAnswer> call_addon(engine::Engine& engine, io::Dialer& dialer, InstallCall call, std::string public_url,
                                   Millis limit);

}  // namespace posthorn::lifecycle
