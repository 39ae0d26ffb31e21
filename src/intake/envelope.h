#pragma once
// What stands around a payload: Posthorn's envelope, a CloudEvent's attributes, or nothing.

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

#include "http/problem_details.h"
#include "intake/posted_event.h"
#include "model/event.h"
#include "wire/json_fields.h"

namespace posthorn::intake {

struct Envelope {
    std::optional<wire::JsonView> payload;  ///< An object within the document; nothing: the document is the payload.
    std::string payload_pointer;            ///< "" when the document is the payload.
    bool is_native = true;                  ///< The acting user is looked up in the payload.
    std::string type;                       ///< Empty if the envelope names none.
    std::string_view type_from;             ///< What to call the place of `type` in an answer.
    std::string key;                        ///< Of idempotency; empty if there is none.
    std::int64_t timestamp_ms = 0;
    model::ActingUser user;
    model::Flow flow = model::Flow::unspecified;
    std::vector<std::pair<std::string, std::string>> context;
};

/// `document` is a checked object without duplicate keys. Members of the wrong kind: 422, all at once.
tl::expected<Envelope, http::Problem> read_envelope(const wire::JsonFields& document, const Beside& beside);

}  // namespace posthorn::intake
