#pragma once
// Which deliveries of an add-on wait for each other: the setting `ordering`.

#include <span>

#include "catalogue/catalogue.h"
#include "model/record.h"
#include "registry/snapshot.h"

namespace posthorn::engine {

/// By the installation's ordering: one key for all of its deliveries, or one for each value of a variable; an event
/// without a value has the empty one. kUnordered without an ordering.
model::OrderKey order_key(const model::Event& event, const registry::Installation& installation,
                          const registry::Snapshot& snapshot, const catalogue::Catalogue& catalogue);

/// Puts the keys of those targets in place that match::match has marked.
void put_order_keys(std::span<model::Target> targets, const model::Event& event, const registry::Snapshot& snapshot,
                    const catalogue::Catalogue& catalogue);

}  // namespace posthorn::engine
