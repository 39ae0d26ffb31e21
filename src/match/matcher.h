#pragma once
// event x webhooks -> deliveries.

#include <string_view>
#include <vector>

#include "base/id.h"
#include "model/record.h"
#include "registry/snapshot.h"

namespace posthorn::match {

/// The order key of a target whose installation has an ordering, until the engine puts the real one in its place.
inline constexpr model::OrderKey kToBeOrdered = 1;

/// The deliveries that an event of `tenant` gets, in the order of installation and webhook. Scopes need no look
/// here: a descriptor whose webhooks lack READ is refused at install. JQL filters are not evaluated yet: a
/// webhook with one hears every event of its type, as its warning at install says. Net thread.
std::vector<model::Target> match(const registry::Snapshot& snapshot, TenantId tenant, std::string_view event_type);

/// Those of one installation alone: for connect_addon_*, which concerns nobody else.
std::vector<model::Target> match_installation(const registry::Snapshot& snapshot,
                                              const registry::Installation& installation, std::string_view event_type);

}  // namespace posthorn::match
