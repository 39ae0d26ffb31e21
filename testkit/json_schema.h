#pragma once
// Whether JSON is what a schema says.

#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

namespace posthorn::testkit {

/// What of `value` breaks `schema`: "/pointer keyword" each; empty when it is valid. References ("#/components/...")
/// are looked up in `document`. For the keywords of JSON Schema 2020-12 that our documents use; any other keyword is
/// a fault of its own, so that a schema can't say something that nobody checks.
std::vector<std::string> schema_faults(const boost::json::value& document, const boost::json::value& schema,
                                       const boost::json::value& value);

/// What `reference` ("#/a/b", with ~0 and ~1) names in `document`; null if nothing.
const boost::json::value* find_reference(const boost::json::value& document, std::string_view reference);

}  // namespace posthorn::testkit
