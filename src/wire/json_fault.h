#pragma once
// What exactly is wrong with a text that is no JSON; only used once that is known.

#include <cstddef>
#include <string>
#include <string_view>

namespace posthorn::wire {

struct JsonFault {
    std::size_t offset;
    std::string message;  ///< "found `}`, expected a value".
};

/// The first fault of `text`, which a parser refused at about `offset`. Walks the text from its start.
JsonFault find_json_fault(std::string_view text, std::size_t offset);

}  // namespace posthorn::wire
