#include "catalogue/catalogue.h"

#include "base/assert.h"
#include "catalogue/specification.h"

namespace posthorn::catalogue {
namespace {

// 2015's documentation writes version_created, later ones jira:version_created. Only these names changed:
// jira:worklog_updated and worklog_updated are two types.
constexpr std::string_view kPrefix = "jira:";
constexpr std::string_view kUnprefixedBegin = "version_";

std::string text_of(const boost::json::value& value) { return std::string(value.as_string()); }

std::vector<Variable> read_variables(const boost::json::object& paths) {
    std::vector<Variable> variables;
    for (const auto& [name, pointers] : paths) {
        Variable variable{std::string(name), {}};
        for (const auto& pointer : pointers.as_array()) variable.pointers.push_back(text_of(pointer));
        variables.push_back(std::move(variable));
    }
    return variables;
}

}  // namespace

Catalogue::Catalogue() : specification_(std::make_unique<const Specification>(Specification::load())) {
    const auto& document = specification_->document;
    variables_ = read_variables(document.at("variablePaths").as_object());
    for (const auto& variable : variables_) variable_by_name_.emplace(variable.name, &variable);

    for (const auto& entry : document.at("events").as_array()) {
        const auto& event = entry.as_object();
        const auto product = model::parse_product(text_of(event.at("product")));
        POSTHORN_ASSERT(product.has_value());
        EventType type;
        type.name = text_of(event.at("event"));
        type.product = *product;
        type.group = text_of(event.at("group"));
        for (const auto& name : event.at("variables").as_array()) {
            const auto* variable = find_variable(std::string_view(name.as_string()));
            POSTHORN_ASSERT(variable != nullptr);
            type.variables.push_back(*variable);
        }
        if (const auto* filterable = event.if_contains("filterable"); filterable && filterable->as_bool())
            type.filterable = Filterable::yes;
        if (const auto* note = event.if_contains("note")) type.note = text_of(*note);
        types_[static_cast<std::size_t>(*product)].push_back(std::move(type));
    }

    for (const Product product : kProducts) {
        const auto index = static_cast<std::size_t>(product);
        for (const auto& type : types_[index]) {
            const bool is_new = by_name_[index].emplace(type.name, &type).second;
            POSTHORN_ASSERT(is_new);
        }
        for (const auto& type : types_[index]) {
            const std::string_view name = type.name;
            if (!name.starts_with(kPrefix)) continue;
            if (const auto bare = name.substr(kPrefix.size()); bare.starts_with(kUnprefixedBegin))
                by_name_[index].emplace(bare, &type);
        }
    }
}

Catalogue::~Catalogue() = default;

const EventType* Catalogue::find(Product product, std::string_view name) const {
    const auto& names = by_name_[static_cast<std::size_t>(product)];
    const auto found = names.find(name);
    return found == names.end() ? nullptr : found->second;
}

const EventType* Catalogue::find(std::string_view name) const {
    for (const Product product : kProducts)
        if (const auto* type = find(product, name)) return type;
    return nullptr;
}

const Variable* Catalogue::find_variable(std::string_view name) const {
    const auto found = variable_by_name_.find(name);
    return found == variable_by_name_.end() ? nullptr : found->second;
}

std::span<const EventType> Catalogue::types(Product product) const { return types_[static_cast<std::size_t>(product)]; }

}  // namespace posthorn::catalogue
