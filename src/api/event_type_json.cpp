#include "api/event_type_json.h"

#include "catalogue/sample.h"
#include "catalogue/schema.h"

namespace posthorn::api {

namespace {

void add_sample(json::object& object, catalogue::Sample sample) {
    object["sample"] = std::move(sample.payload);
    object["context"] = std::move(sample.context);
    json::object user;
    const auto add = [&](std::string_view name, const std::string& value) {
        if (!value.empty()) user[name] = value;
    };
    add("id", sample.user.id);
    add("key", sample.user.key);
    add("accountId", sample.user.account_id);
    add("displayName", sample.user.display_name);
    object["user"] = user.empty() ? json::value(nullptr) : json::value(std::move(user));
}

}  // namespace

json::object summary_json(const catalogue::EventType& type) {
    json::object object;
    object["event"] = type.name;
    object["product"] = model::to_string(type.product);
    object["group"] = type.group;
    json::array variables;
    for (const auto& variable : type.variables) variables.emplace_back(variable.name);
    object["variables"] = std::move(variables);
    object["filterable"] = type.filterable == catalogue::Filterable::yes;
    object["note"] = type.note.empty() ? json::value(nullptr) : json::value(type.note);
    return object;
}

json::object full_json(const catalogue::Catalogue& catalogue, const catalogue::EventType& type) {
    auto object = summary_json(type);
    object["schema"] = catalogue::make_schema(catalogue, type);
    catalogue::SampleOptions options;
    options.now = wall_now();
    add_sample(object, catalogue::make_sample(catalogue, type, options));
    return object;
}

json::object full_json(const catalogue::CustomType& custom) {
    auto object = summary_json(custom.type);
    object["schema"] = custom.schema.empty() ? json::value(true) : parsed(custom.schema);
    catalogue::SampleOptions options;
    options.now = wall_now();
    add_sample(object, catalogue::make_sample(custom, options));
    return object;
}

}  // namespace posthorn::api
