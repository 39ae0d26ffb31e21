#pragma once
// The description of this API that programs read.

#include <string_view>

namespace posthorn::api {

/// The OpenAPI 3.1 document of all routes: src/api/openapi.json, which the program carries. Whoever adds a route
/// describes it there; the tests compare both.
std::string_view openapi_document();

}  // namespace posthorn::api
