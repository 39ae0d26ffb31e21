#pragma once
// One simulated run: what happens to a server from outside, from one seed.

#include <cstdint>
#include <memory>
#include <string>

#include "state/state.h"
#include "tests/simulation/server.h"

namespace posthorn::simulation {

/// What came of a run.
struct Tale {
    std::string violation;  ///< Empty when all held.
    std::uint64_t happenings = 0;
    std::uint64_t deliveries = 0;
    std::uint64_t starts = 0;
    std::uint64_t repeats = 0;
    std::uint64_t delivered = 0;
    std::uint64_t crashes = 0;
    std::uint64_t uninstalls = 0;
    std::uint64_t openings = 0;  ///< Of circuit breakers.
    std::uint64_t expired = 0;   ///< Deadlines that passed before a start.
};

/// Runs the story of `seed` to its end or to the first violation. `folder` is an empty folder for a SQLite state, used by
/// few seeds.
Tale tell(std::uint64_t seed, const std::string& folder);

}  // namespace posthorn::simulation
