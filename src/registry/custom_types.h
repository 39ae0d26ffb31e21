#pragma once
// The event types that one tenant added to those built in.

#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/id.h"
#include "base/result.h"
#include "catalogue/custom_type.h"
#include "model/record.h"

namespace posthorn::registry {

/// A value, cheap to copy: the types themselves are shared. Immutable when reached through a snapshot.
class TenantCustomTypes {
public:
    /// The type of that name, or null.
    const catalogue::CustomType* find(std::string_view name) const;
    /// Whether any of the types offers a URL variable of that name.
    bool have_variable(std::string_view name) const;

    /// Sorted by name.
    const std::vector<std::shared_ptr<const catalogue::CustomType>>& list() const { return types_; }
    /// For catalogue::Catalogue::explain_unknown; views of the types.
    std::vector<std::string_view> names() const;

    /// Adds a type, or replaces the one of the same name.
    void put(catalogue::CustomType type);
    void remove(std::string_view name);

private:
    std::vector<std::shared_ptr<const catalogue::CustomType>> types_;
};

/// Whether URL templates of a tenant know a variable: the catalogue or a type of its own offers it. Holds
/// references to both.
std::function<bool(std::string_view)> known_variables(const catalogue::Catalogue& catalogue,
                                                      const TenantCustomTypes& custom_types);

/// A row of kind "event_type"; its key is "{tenant id}/{type name}".
model::RegistryRow to_row(TenantId tenant, const catalogue::CustomType& type);

/// The tenant that such a row belongs to; none if the key makes no sense. Needs no value.
std::optional<TenantId> tenant_of_custom_type_row(const model::RegistryRow& row);

struct CustomTypeRow {
    TenantId tenant;
    std::string name;
    catalogue::CustomType type;
};
/// Errors: corrupt, unsupported (a newer major version of the row), conflict (a later Posthorn has a built-in
/// type of that name, which takes its place).
Result<CustomTypeRow> custom_type_from_row(const catalogue::Catalogue& catalogue, model::Product product,
                                           const model::RegistryRow& row);

}  // namespace posthorn::registry
