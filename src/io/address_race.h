#pragma once
// Happy Eyeballs: connects to the first of several addresses that answers.

#include <chrono>
#include <optional>
#include <vector>

#include "base/result.h"
#include "io/dialer.h"

namespace posthorn::io {

/// A connection and where it goes, or the error of the address that was tried last.
struct RaceResult {
    std::optional<Socket> socket;
    Endpoint endpoint;
    Error error;
};

/// Tries `endpoints` (at least one) in order; the next one when one fails, or has not answered within
/// `next_after`. The others are given up when one has answered. `connector` must live as long as the io_context.
/// Errors: those of Connector::connect; timeout when `deadline` passes. Source: RFC 8305 section 5.
Task<RaceResult> race_addresses(Connector& connector, std::vector<Endpoint> endpoints,
                                std::chrono::milliseconds next_after, std::chrono::steady_clock::time_point deadline);

}  // namespace posthorn::io
