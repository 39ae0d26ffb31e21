#pragma once
// What a host posted -> an event: the four forms of api.md, "Events".

#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "catalogue/catalogue.h"
#include "http/problem_details.h"
#include "model/event.h"
#include "model/record.h"
#include "registry/custom_types.h"
#include "registry/tenant.h"
#include "wire/http1.h"

namespace posthorn::intake {

inline constexpr std::size_t kEventBytesMax = 1024 * 1024;
inline constexpr std::size_t kNdjsonBytesMax = 64 * 1024 * 1024;
inline constexpr std::size_t kKeyBytesMax = 1024;  ///< Of an idempotency key.

enum class Form : std::uint8_t { json, cloud_event_structured, cloud_event_binary, ndjson };

/// Which form a request has, by its Content-Type and ce- headers. Errors: 415.
tl::expected<Form, http::Problem> form_of(const std::vector<wire::Header>& headers);

/// What is beside the body.
struct Beside {
    Form form = Form::json;
    std::string_view query_event;  ///< The query parameter `event`, decoded; may be empty.
    std::string_view idempotency_key;
    std::string_view traceparent;
    std::string_view ce_type;  ///< Binary CloudEvents only, with ce_id, ce_source and ce_time.
    std::string_view ce_id;
    std::string_view ce_source;
    std::string_view ce_time;
    std::string_view ce_specversion;
};
Beside beside_of(Form form, const std::vector<wire::Header>& headers);

/// An event without id and acceptance, and the key that makes a repeat harmless.
struct Posted {
    model::Event event;
    model::Idempotency idempotency;
};

/// Who the event is for, and what it may be.
struct IntakeContext {
    const registry::Tenant& tenant;
    const registry::TenantCustomTypes& custom_types;
    const catalogue::Catalogue& catalogue;
};

/// Reads one body (or one line of ndjson, as Form::json). Broken JSON and duplicate keys at the top level of
/// envelope or payload: 400; unknown types (with near matches), types that disagree, members of the wrong kind:
/// 422, all at once. The payload is kept as the bytes that came. Net thread; pure.
tl::expected<Posted, http::Problem> read_event(std::string_view body, const Beside& beside,
                                               const IntakeContext& context);

}  // namespace posthorn::intake
