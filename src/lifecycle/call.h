#pragma once
// One HTTP exchange with an add-on: a time limit for all of it, no redirects.

#include <cstdint>
#include <optional>
#include <string>

#include "base/moment.h"
#include "http/client.h"
#include "io/dialer.h"
#include "io/task.h"

namespace posthorn::lifecycle {

/// How much of what we wanted to hand over can be with the other side.
enum class Reception : std::uint8_t {
    taken,            ///< 200, 201 or 204.
    refused,          ///< Any other status but those below: it was not taken.
    refused_for_now,  ///< 408, 425, 429, 500, 503, ...: it says no; one that stood behind it may have said yes before.
    not_sent,  ///< No connection, so nobody has seen it.
    unknown,  ///< Sent, and no answer came; 502 and 504 too, for a gateway got none.
};

struct CallResult {
    std::optional<http::Answer> answer;
    io::DialFailure failure;  ///< Without an answer.
    bool was_sent = false;  ///< A connection was there; some or all of the request may have gone out.
    bool is_too_large = false;  ///< The answer was longer than allowed (only where the limits make that an error).

    Reception reception() const;
    bool is_taken() const { return reception() == Reception::taken; }
};

/// Sends `request` (a whole message) and reads the answer, all within `limit`, on a connection of its own. Net thread;
/// `dialer` must outlive it.
io::Task<CallResult> call(io::Dialer& dialer, io::DialTarget target, std::string request, Millis limit,
                          http::AnswerLimits limits);

}  // namespace posthorn::lifecycle
