#include "catalogue/event_type.h"

#include <algorithm>

namespace posthorn::catalogue {

const Variable* find_variable(const EventType& type, std::string_view name) {
    // A type offers six variables at most, so a walk beats a hash.
    const auto found = std::ranges::find(type.variables, name, &Variable::name);
    return found == type.variables.end() ? nullptr : &*found;
}

}  // namespace posthorn::catalogue
