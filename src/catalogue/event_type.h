#pragma once
// What is known of one event type, built in or added by a tenant.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/event.h"

namespace posthorn::catalogue {

using model::Product;

inline constexpr std::size_t kProductCount = 2;
inline constexpr Product kProducts[kProductCount] = {Product::jira, Product::confluence};

/// A name that URL templates may use, and the JSON pointers (RFC 6901) into the payload that are tried in
/// order when the event's context has no value for it.
struct Variable {
    std::string name;
    std::vector<std::string> pointers;
    bool operator==(const Variable&) const = default;
};

/// Whether webhooks of a type may carry a JQL filter: issue and comment events only.
enum class Filterable : std::uint8_t { no, yes };

/// A catalogue entry. A value; those of the Catalogue live as long as it does.
struct EventType {
    std::string name;  ///< As in answers and bodies: "jira:version_created".
    Product product = Product::jira;
    std::string group;                ///< "issue", "page", ...
    std::vector<Variable> variables;  ///< What it offers to URL templates.
    Filterable filterable = Filterable::no;
    std::string note;  ///< A remark for people, may be empty.
    bool operator==(const EventType&) const = default;
};

/// The variable of that name which the type offers, or null. No allocation.
const Variable* find_variable(const EventType& type, std::string_view name);

/// Whether Posthorn alone makes events of that name (connect_addon_*): refused when posted.
constexpr bool is_made_by_posthorn(std::string_view name) { return name.starts_with("connect_addon_"); }

}  // namespace posthorn::catalogue
