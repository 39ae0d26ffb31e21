#pragma once
// Which headers an operator may add to an add-on's calls (api.md).

#include <string>
#include <string_view>

namespace posthorn::registry {

/// Without regard to case, as header names are compared (RFC 9110 section 5.1).
bool same_header_name(std::string_view one, std::string_view other);

/// Why a header of that name can't be set, as the end of a sentence; empty when it can.
std::string header_name_fault(std::string_view name);
/// The same for a value. Never repeats the value, which may be a secret.
std::string header_value_fault(std::string_view value);

}  // namespace posthorn::registry
