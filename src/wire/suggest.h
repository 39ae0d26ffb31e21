#pragma once
// "Did you mean ...?"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace posthorn::wire {

/// The names nearest to `name`, best first, at most `matches_max`: within an edit distance (insert, delete,
/// replace, swap of neighbours; case ignored) of a third of its length, at least 1, or the same name behind
/// a prefix such as `jira:`. Views of `names`.
std::vector<std::string_view> near_matches(std::string_view name, std::span<const std::string_view> names,
                                           std::size_t matches_max = 3);

/// ", did you mean a or b?", or nothing when there is no near match; for the end of a sentence.
std::string did_you_mean(std::string_view name, std::span<const std::string_view> names);

}  // namespace posthorn::wire
