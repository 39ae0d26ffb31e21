#include "registry/finding.h"

#include "registry/byte_order_mark.h"
#include "wire/json.h"

namespace posthorn::registry {

wire::Place place_in(std::string_view text, const Finding& finding) {
    if (finding.place) return *finding.place;
    const auto json = without_byte_order_mark(text);
    if (!wire::check_json(json)) return {};
    return wire::place_of(json, wire::offset_of(json, finding.pointer));
}

}  // namespace posthorn::registry
