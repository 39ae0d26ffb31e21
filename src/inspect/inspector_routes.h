#pragma once
// /api/v1/inspectors and below, and the inspectors' own side: /inspector/{inspector}/.

#include "api/router.h"
#include "inspect/inspectors.h"

namespace posthorn::inspect {

/// The API. In a path {inspector} is its secret, which is the right to read it, or its add-on's key, for callers with an
/// API key that may read its tenant; what changes something needs a key that may change the tenant's add-ons. References outlive
/// the router.
void add_inspector_routes(api::Router& router, Inspectors& inspectors);

/// Descriptor, lifecycle and webhooks: for Connect hosts, ours and others.
void add_inspector_addon_routes(api::Router& router, Inspectors& inspectors);

/// Who asks for one inspector, and may: or the problem (404; 410 when it has ended; 403 for a change).
enum class Use : std::uint8_t { read, change };
tl::expected<LiveInspectorPtr, http::Problem> find_inspector(const api::Request& request, const Inspectors& inspectors,
                                                             Use use);

}  // namespace posthorn::inspect
