#pragma once
// /api/v1/session: signing in to the page and out of it.

#include "api/router.h"

namespace posthorn::api {

/// POST, GET and DELETE /api/v1/session, on the router's own sessions.
void add_session_routes(Router& router);

}  // namespace posthorn::api
