#pragma once
// How much two names resemble each other.

#include <cstddef>
#include <optional>
#include <string_view>

namespace posthorn::catalogue {

/// How far `known` is from the unknown `name`, 0 being the same but for case and a product's prefix; nothing
/// when they don't resemble each other. Counts edits (insert, delete, replace, swap of neighbours: Damerau's
/// distance in its optimal string alignment form), up to a third of the longer name; a name of four letters
/// or more that is a part of the other, or has the same words in another order, resembles it as well.
std::optional<std::size_t> nearness(std::string_view name, std::string_view known);

}  // namespace posthorn::catalogue
