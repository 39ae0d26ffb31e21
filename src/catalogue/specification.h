#pragma once
// events.json as parsed, for this folder alone.

#include <string_view>

#include <boost/json/object.hpp>

#include "model/event.h"

namespace posthorn::catalogue {

/// The embedded document: "variablePaths", "shapes" and "events".
struct Specification {
    boost::json::object document;

    /// Parses the embedded text; asserts that it is well formed.
    static Specification load();

    /// The entry of an event type by its own (prefixed) name; asserts that there is one.
    const boost::json::object& event(model::Product product, std::string_view name) const;
    /// The fields of a shape such as "JiraUser", or null for a name that is none.
    const boost::json::object* shape(std::string_view name) const;
};

}  // namespace posthorn::catalogue
