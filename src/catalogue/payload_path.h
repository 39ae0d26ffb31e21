#pragma once
// Places in a payload of Boost.JSON values.

#include <string_view>
#include <vector>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "base/result.h"
#include "catalogue/event_type.h"

namespace posthorn::catalogue {

/// The value at an RFC 6901 pointer that counts as a variable's value (a string, a number, true or false) of
/// the first of the variable's pointers that has one; null if none has.
boost::json::value* find_value(boost::json::object& payload, const Variable& variable);

/// Puts `value` at the pointer, making the objects on the way; false, with nothing changed, when something
/// that is no object is in the way or at the place.
bool put(boost::json::object& payload, std::string_view pointer, std::string_view value);

/// The value at a dotted path (lists by index), or null.
boost::json::value* find_path(boost::json::object& payload, const std::vector<std::string_view>& steps);

/// Sets the value at a dotted path, making missing members; null counts as missing, and an index equal to
/// a list's size appends. On an error nothing is changed. Errors: invalid.
Result<void> set_at(boost::json::object& payload, const std::vector<std::string_view>& steps, boost::json::value value);

}  // namespace posthorn::catalogue
