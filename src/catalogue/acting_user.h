#pragma once
// Where a native body says who acted (connect.md section 2, "The acting user").

#include <string_view>

#include "model/event.h"

namespace posthorn::catalogue {

/// JSON pointers to what a native body or a CloudEvent's data tells of the acting user. An empty pointer
/// means that such bodies never have that part. A string at the pointer is the value; anything else counts
/// as none.
struct ActingUserPointers {
    std::string_view id;  ///< User name or legacy id.
    std::string_view key;
    std::string_view account_id;
    std::string_view display_name;
};

/// The pointers for an event of that product and type name. All are empty for Jira's user_* events, whose
/// /user is the user changed. Confluence's bodies name the user at the top level and never the display name.
constexpr ActingUserPointers acting_user_pointers(model::Product product, std::string_view event) {
    if (product == model::Product::confluence)
        return {.id = "/username", .key = "/userKey", .account_id = "/userAccountId", .display_name = {}};
    if (event.starts_with("user_")) return {};
    return {
        .id = "/user/name", .key = "/user/key", .account_id = "/user/accountId", .display_name = "/user/displayName"};
}

}  // namespace posthorn::catalogue
