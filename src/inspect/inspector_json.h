#pragma once
// Inspectors and their calls as the API shows them.

#include <optional>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "inspect/inspector.h"
#include "inspect/inspectors.h"
#include "inspect/recorded_call.h"

namespace posthorn::inspect {

/// A call in a list; of its headers only the notable ones are needed.
boost::json::object summary_json(const RecordedCall& call);
/// A call with everything.
boost::json::object full_json(const RecordedCall& call);

boost::json::object to_json(const Inspector& inspector, const Inspectors& inspectors,
                            const registry::Snapshot& snapshot);
boost::json::array to_json(const std::vector<InspectorHost>& hosts);

}  // namespace posthorn::inspect
