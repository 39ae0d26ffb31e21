#pragma once
// Deliveries, attempts and events as the API shows them.

#include "api/json_answer.h"
#include "engine/engine.h"
#include "state/state.h"

namespace posthorn::api {

/// A row of a list.
json::object to_json(const state::DeliveryRow& row, const registry::Snapshot& snapshot);
/// The same with the request as it would go out now (secrets masked) and every attempt.
json::object to_json(const state::DeliveryDetail& detail, engine::Engine& engine);
json::object to_json(const model::Attempt& attempt);
/// {"id","event","acceptedAt","timestamp","user","context","payload",...}: an event, without its deliveries.
json::object to_json(const model::Event& event);

/// "3.412ms"; null for a part that did not happen.
json::value duration_or_null(std::int32_t microseconds);

}  // namespace posthorn::api
