#pragma once
// The built-in event types of both products, read from the embedded events.json.

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "catalogue/event_type.h"

namespace posthorn::catalogue {

struct Specification;

/// An event type's name that resembles an unknown one.
struct NearMatch {
    Product product = Product::jira;
    std::string name;
};

/// Built once at start, then shared by const reference; immutable, so any thread may read it. Everything it
/// hands out by pointer or view lives as long as it does. The find functions allocate nothing.
class Catalogue {
public:
    /// Reads the embedded events.json, some milliseconds. That file is ours: a fault in it is an assertion.
    Catalogue();
    ~Catalogue();
    Catalogue(const Catalogue&) = delete;
    Catalogue& operator=(const Catalogue&) = delete;

    /// The type of that name, or null. Jira's older unprefixed version names find the prefixed type:
    /// "version_created" gives "jira:version_created" (its own name is the one that answers use).
    const EventType* find(Product product, std::string_view name) const;

    /// As above, in either product; Jira's where both have the name.
    const EventType* find(std::string_view name) const;

    /// The variable of that name which any type offers, with the pointers of events.json, or null.
    const Variable* find_variable(std::string_view name) const;

    /// A product's types in the order of events.json.
    std::span<const EventType> types(Product product) const;

    /// Known names that resemble `name`, the likeliest first, at most `count_max`: if the other product has
    /// the very name, that comes first, then those of `product` (and of `custom`, the tenant's own) by
    /// wire::near_matches. Meant for answers, not for the hot path.
    std::vector<NearMatch> near_matches(Product product, std::string_view name,
                                        std::span<const std::string_view> custom = {}, std::size_t count_max = 5) const;

    /// A sentence for the 422 (or a descriptor's warning) that names the near matches:
    /// `Jira has no event type "isue_created"; did you mean jira:issue_created?`
    std::string explain_unknown(Product product, std::string_view name,
                                std::span<const std::string_view> custom = {}) const;

    /// The parsed events.json; for schema.cpp, see specification.h.
    const Specification& specification() const { return *specification_; }

private:
    using ByName = std::unordered_map<std::string_view, const EventType*>;

    std::unique_ptr<const Specification> specification_;
    std::vector<EventType> types_[kProductCount];
    std::vector<Variable> variables_;
    // The keys are views into types_ and variables_, which never change after construction.
    ByName by_name_[kProductCount];
    std::unordered_map<std::string_view, const Variable*> variable_by_name_;
};

}  // namespace posthorn::catalogue
