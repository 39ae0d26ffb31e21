#pragma once
// The values of a template's variables for one event.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "catalogue/catalogue.h"
#include "model/event.h"
#include "registry/custom_types.h"
#include "wire/url_template.h"

namespace posthorn::render {

/// The value of one variable, as VariableValues finds it; none when the event has none.
std::optional<std::string> variable_value(const model::Event& event, std::string_view name,
                                          const catalogue::Catalogue& catalogue,
                                          const registry::TenantCustomTypes& custom_types);

/// Looks up what `url` uses, connect.md section 2: the event's context, else the payload by the pointers of the
/// custom type or catalogue, tried in order: a string's content, a number's token, true or false. The event and
/// the template must outlive it.
class VariableValues {
public:
    VariableValues(const model::Event& event, const wire::UrlTemplate& url, const catalogue::Catalogue& catalogue,
                   const registry::TenantCustomTypes& custom_types);

    /// In the order of url.variables().
    std::span<const std::optional<std::string_view>> values() const { return values_; }

private:
    std::vector<std::string> storage_;
    std::vector<std::optional<std::string_view>> values_;
};

}  // namespace posthorn::render
