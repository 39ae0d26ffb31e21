#include "api/openapi.h"

namespace posthorn::api {

namespace {

constexpr char kDocument[] =
#include "api/openapi_json.inc"
    ;

}  // namespace

std::string_view openapi_document() { return {kDocument, sizeof(kDocument) - 1}; }

}  // namespace posthorn::api
