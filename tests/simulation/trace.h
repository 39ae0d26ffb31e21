#pragma once
// A line for each step of the scheduler, for whoever looks into a seed that failed: POSTHORN_SIMULATE_TRACE=1.

#include "base/moment.h"
#include "engine/scheduler.h"

namespace posthorn::simulation {

/// On stderr, when asked for.
void trace(const engine::Input& input, Moment now);
void trace(const engine::Commands& commands);

}  // namespace posthorn::simulation
