#include "render/variables.h"

#include "catalogue/custom_type.h"
#include "wire/json.h"

namespace posthorn::render {

namespace {

std::optional<std::string> text_of(wire::JsonView value) {
    switch (value.kind()) {
        case wire::JsonKind::string: return value.string();
        case wire::JsonKind::number:
        case wire::JsonKind::boolean: return std::string(value.raw());
        default: return std::nullopt;
    }
}

const catalogue::Variable* find_variable(const model::Event& event, std::string_view name,
                                         const catalogue::Catalogue& catalogue,
                                         const registry::TenantCustomTypes& custom_types) {
    if (const auto* custom = custom_types.find(event.type); custom != nullptr)
        if (const auto* variable = catalogue::find_variable(custom->type, name); variable != nullptr) return variable;
    return catalogue.find_variable(name);
}

std::optional<std::string> payload_value(const model::Event& event, const catalogue::Variable& variable) {
    const wire::JsonView payload(event.payload);
    for (const auto& pointer : variable.pointers) {
        const auto found = payload.at_pointer(pointer);
        if (auto text = found ? text_of(*found) : std::nullopt) return text;
    }
    return std::nullopt;
}

}  // namespace

std::optional<std::string> variable_value(const model::Event& event, std::string_view name,
                                          const catalogue::Catalogue& catalogue,
                                          const registry::TenantCustomTypes& custom_types) {
    for (const auto& [known, value] : event.context)
        if (known == name) return value;
    const auto* variable = find_variable(event, name, catalogue, custom_types);
    return variable == nullptr ? std::nullopt : payload_value(event, *variable);
}

VariableValues::VariableValues(const model::Event& event, const wire::UrlTemplate& url,
                               const catalogue::Catalogue& catalogue, const registry::TenantCustomTypes& custom_types) {
    const auto& variables = url.variables();
    values_.resize(variables.size());
    storage_.reserve(variables.size());  // Views into it must stay valid.
    for (std::size_t i = 0; i < variables.size(); ++i) {
        const auto& name = variables[i].name;
        for (const auto& [known, value] : event.context)
            if (known == name) values_[i] = value;
        if (values_[i] || !variables[i].is_known) continue;

        const auto* variable = find_variable(event, name, catalogue, custom_types);
        if (variable == nullptr) continue;
        if (auto text = payload_value(event, *variable)) {
            storage_.push_back(std::move(*text));
            values_[i] = storage_.back();
        }
    }
}

}  // namespace posthorn::render
