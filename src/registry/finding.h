#pragma once
// What is wrong or doubtful in a document that came from outside.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wire/json_place.h"

namespace posthorn::registry {

/// One fault or warning. `message` is for a person: what was found, what is allowed, and a suggestion where
/// a name is nearly right.
struct Finding {
    std::string pointer;  ///< JSON pointer (RFC 6901) to the place; empty is the whole document.
    std::string message;
    /// Only where a pointer can't say it: the text is no JSON, and this is where it breaks.
    std::optional<wire::Place> place = {};

    bool operator==(const Finding&) const = default;
};

using Findings = std::vector<Finding>;

/// Line and column of a finding in the text it is about: where the value at its pointer starts, or the
/// nearest parent that is there. `text` is what the parser was given, broken or not.
wire::Place place_in(std::string_view text, const Finding& finding);

}  // namespace posthorn::registry
