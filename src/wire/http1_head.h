#pragma once
// What the two head parsers share; part of wire/http1, for nobody else.

#include <string_view>

#include <boost/beast/core/error.hpp>

#include "wire/http1.h"

namespace posthorn::wire {

/// Beast's word for a fault of a head as ours.
Http1Fault fault_of(const boost::beast::error_code& error);

/// Reads the framing headers with us: Beast allows repeated Content-Lengths and codings that we do not.
/// Returns false and sets `fault` when one is refused.
bool check_framing_header(bool is_transfer_encoding, std::string_view value, bool is_repeated, Http1Fault& fault);

bool equals_ignoring_case(std::string_view a, std::string_view b);

}  // namespace posthorn::wire
