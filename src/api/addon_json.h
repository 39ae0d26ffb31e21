#pragma once
// An add-on as the API shows it.

#include "api/json_answer.h"
#include "registry/installation.h"
#include "registry/tenant.h"

namespace posthorn::api {

/// api.md, "Add-ons". State is "paused" nowhere: that is a member of its own.
json::object to_json(const registry::Installation& installation, const registry::Tenant& tenant);
/// The same with the descriptor as it came and all that is known of the webhooks.
json::object to_json_in_full(const registry::Installation& installation, const registry::Tenant& tenant);

}  // namespace posthorn::api
