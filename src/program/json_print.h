#pragma once
// JSON laid out for reading, every token as it was written.

#include <string>
#include <string_view>

#include "program/terminal.h"

namespace posthorn::program {

/// `text` indented by two spaces, keys and strings coloured, numbers not reformatted, and made printable. Text that
/// is no JSON comes back as it is, but printable. No line end behind the last line.
std::string pretty_json(std::string_view text, const Paint& paint);

}  // namespace posthorn::program
