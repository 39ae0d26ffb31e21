#pragma once
// Boost.JSON values as text, members in the order in which they were added, and back.

#include <cstdint>
#include <string>
#include <string_view>

#include <boost/json/value.hpp>

#include "base/result.h"

namespace posthorn::catalogue {

enum class JsonStyle : std::uint8_t {
    compact,  ///< One line, no spaces.
    pretty,   ///< Two spaces a level, no line end at the end; empty lists and objects on one line.
};

/// Numbers are in plain notation where that is short (2.5, not 2.5E0, which Boost prints).
std::string to_text(const boost::json::value& value, JsonStyle style);

/// The reverse, by the rules of wire::check_json, so at most wire::kJsonDepthMax deep. Whole numbers that fit
/// 64 bits are kept, all others become the nearest double (Boost.JSON's own parser may miss it by one bit);
/// of members with one name the last holds. Errors: invalid.
Result<boost::json::value> parse_text(std::string_view json);

}  // namespace posthorn::catalogue
