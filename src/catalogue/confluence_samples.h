#pragma once
// Confluence's part of the sample world.

#include <optional>
#include <string_view>

#include <boost/json/value.hpp>

#include "catalogue/site.h"

namespace posthorn::catalogue {

/// The value of the top-level field `field` in a sample of the Confluence event `event`; nothing for a field
/// that the sample leaves out (only ones marked ? in events.json).
std::optional<boost::json::value> confluence_field(const Site& site, std::string_view event, std::string_view field);

}  // namespace posthorn::catalogue
