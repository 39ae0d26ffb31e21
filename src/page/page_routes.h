#pragma once
// Puts the page into the router: at / and wherever no route of the API stands.

#include "api/router.h"

namespace posthorn::page {

/// GET / and, for every address that no other route has, page_answer(). Open to everyone: the page is no secret, what
/// it shows is asked of the API.
void add_page_routes(api::Router& router);

}  // namespace posthorn::page
