#pragma once
// A JSON value in words, for "found ..., allowed is ...".

#include <string>
#include <string_view>

#include "wire/json.h"

namespace posthorn::registry {

/// "the string \"abc\"", "the number 5", "true", "null", "a list", "an object"; long ones cut short.
std::string shown(wire::JsonView value);
/// Only what kind of value: "a string". For what must not be shown.
std::string_view kind_shown(wire::JsonView value);
/// Text from outside in quotes: cut short, control characters replaced.
std::string quoted(std::string_view text);

}  // namespace posthorn::registry
