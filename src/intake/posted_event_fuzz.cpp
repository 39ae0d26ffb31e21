// Posted bodies in each of the forms: whatever comes, an event or a problem.

#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "intake/posted_event.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace posthorn;
    static const catalogue::Catalogue catalogue;
    static const registry::Tenant tenant;
    static const registry::TenantCustomTypes custom_types;
    if (size == 0) return 0;
    intake::Beside beside;
    beside.form = static_cast<intake::Form>(data[0] % 3);
    beside.ce_id = beside.ce_source = "x";
    beside.ce_specversion = "1.0";
    beside.ce_type = "jira:issue_created";
    const std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
    const auto posted = intake::read_event(body, beside, {tenant, custom_types, catalogue});
    if (posted) {
        POSTHORN_ASSERT(body.find(posted->event.payload) != std::string_view::npos);
        POSTHORN_ASSERT(!posted->event.type.empty());
    } else {
        POSTHORN_ASSERT(posted.error().status == 400 || posted.error().status == 422);
        POSTHORN_ASSERT(!http::to_json(posted.error()).empty());
    }
    return 0;
}
