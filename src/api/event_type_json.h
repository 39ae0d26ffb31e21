#pragma once
// Event types as the API shows them.

#include "api/json_answer.h"
#include "catalogue/catalogue.h"
#include "catalogue/custom_type.h"

namespace posthorn::api {

/// {"event","product","group","variables","filterable","note"}, for lists.
json::object summary_json(const catalogue::EventType& type);

/// The same with "schema", "sample" and "context" (and "user", who acts in the sample).
json::object full_json(const catalogue::Catalogue& catalogue, const catalogue::EventType& type);
json::object full_json(const catalogue::CustomType& custom);

}  // namespace posthorn::api
