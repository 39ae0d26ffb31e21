#pragma once
// JSON Schemas of payloads, made from the shapes in events.json.

#include <boost/json/object.hpp>

#include "catalogue/catalogue.h"

namespace posthorn::catalogue {

/// A JSON Schema (draft 2020-12) of the payload of a built-in `type`, complete in itself: the shapes it
/// uses are under $defs. Fields without ? are required, unknown ones are always allowed. `type` belongs to
/// `catalogue`. Any thread. Source: https://json-schema.org/draft/2020-12/schema
boost::json::object make_schema(const Catalogue& catalogue, const EventType& type);

}  // namespace posthorn::catalogue
