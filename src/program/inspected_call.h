#pragma once
// A call that an inspector of the server got, as its API tells it.

#include <optional>

#include <boost/json/value.hpp>

#include "program/received_call.h"

namespace posthorn::program {

/// What print_call needs; nothing if `call` is none.
std::optional<ReceivedCall> inspected_call(const boost::json::value& call);

/// The body's bytes, however the API wrote them.
std::string body_of(const boost::json::value& call);

}  // namespace posthorn::program
