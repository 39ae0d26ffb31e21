#pragma once
// What posts of one event and of many lines share.

#include <string>

#include <tl/expected.hpp>

#include "api/request.h"
#include "engine/engine.h"
#include "intake/posted_event.h"

namespace posthorn::api {

/// A receipt, or what is wrong with the event.
using Posting = tl::expected<engine::Receipt, http::Problem>;

/// {"id","event","deliveries","duplicate"}.
std::string receipt_json(const engine::Receipt& receipt);

/// The request's tenant; refers to its snapshot.
intake::IntakeContext context_of(const Request& request, const catalogue::Catalogue& catalogue);

/// An answer that is there at once, for handlers that are no coroutines.
io::Task<Answer> refuse(http::Problem problem);

}  // namespace posthorn::api
