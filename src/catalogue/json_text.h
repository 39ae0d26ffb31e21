#pragma once
// Boost.JSON values as text, members in the order in which they were added.

#include <cstdint>
#include <string>

#include <boost/json/value.hpp>

namespace posthorn::catalogue {

enum class JsonStyle : std::uint8_t {
    compact,  ///< One line, no spaces.
    pretty,   ///< Two spaces a level, no line end at the end; empty lists and objects on one line.
};

/// Numbers are in plain notation where that is short (2.5, not 2.5E0, which Boost prints).
std::string to_text(const boost::json::value& value, JsonStyle style);

}  // namespace posthorn::catalogue
