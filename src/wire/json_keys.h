#pragma once
// What checking a JSON text finds on its way; for json_fields.h and json*.cpp alone.

#include <cstddef>
#include <string_view>

#include <boost/container/small_vector.hpp>

#include "base/result.h"

namespace posthorn::wire {

inline constexpr std::size_t kJsonKeysUsual = 24;

/// The keys of the outermost object, without quotes, in their order. Points into the text.
struct JsonKeys {
    boost::container::small_vector<std::string_view, kJsonKeysUsual> at;
    bool are_whole = true;  ///< False when `at` is of no use: a key has an escape, or the parser needed help.
};

/// check_json, and the keys.
Result<JsonKeys> check_json_keys(std::string_view text);

}  // namespace posthorn::wire
