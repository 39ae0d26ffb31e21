#include "inspect/heard_events.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "wire/percent.h"

namespace posthorn::inspect {

namespace json = boost::json;

namespace {

/// Names of types, as the templates of real descriptors have them: ':' stays as it is.
std::string path_of(std::string_view name) {
    std::string path(kEventsPath);
    for (const char c : name) {
        if (c == ':') path += c;
        else wire::append_percent_encoded(path, std::string_view(&c, 1));
    }
    return path;
}

}  // namespace

HeardEvent heard_event(std::string_view name, const catalogue::EventType* type) {
    HeardEvent heard{std::string(name), path_of(name)};
    if (type == nullptr) return heard;
    for (const auto* variable : {"issue.key", "space.key", "project.key"}) {
        if (catalogue::find_variable(*type, variable) == nullptr) continue;
        heard.url += "?" + std::string(variable) + "=${" + variable + "}";
        break;
    }
    return heard;
}

std::vector<HeardEvent> all_events(const catalogue::Catalogue& catalogue) {
    std::vector<HeardEvent> events;
    for (const auto product : catalogue::kProducts)
        for (const auto& type : catalogue.types(product))
            // A name of both products is one webhook.
            if (catalogue.find(type.name) == &type) events.push_back(heard_event(type.name, &type));
    return events;
}

std::vector<HeardEvent> all_events(const catalogue::Catalogue& catalogue, model::Product product,
                                   const registry::TenantCustomTypes& custom_types) {
    std::vector<HeardEvent> events;
    for (const auto& type : catalogue.types(product)) events.push_back(heard_event(type.name, &type));
    for (const auto& name : custom_types.names()) events.push_back(heard_event(name, nullptr));
    return events;
}

std::string descriptor_of(const ListeningAddOn& addon) {
    json::array webhooks;
    for (const auto& heard : addon.events) webhooks.push_back(json::object{{"event", heard.event}, {"url", heard.url}});
    json::object lifecycle;
    for (const auto name : kLifecycleNames) lifecycle[name] = "/" + std::string(name);
    json::object descriptor;
    descriptor["key"] = addon.key;
    descriptor["name"] = addon.name;
    descriptor["description"] = addon.description;
    descriptor["baseUrl"] = addon.base_url;
    descriptor["authentication"] = json::object{{"type", "jwt"}};
    descriptor["lifecycle"] = std::move(lifecycle);
    descriptor["scopes"] = json::array{"READ"};
    descriptor["apiVersion"] = 1;
    descriptor["apiMigrations"] = json::object{{"signed-install", true}, {"gdpr", true}};
    descriptor["modules"] = json::object{{"webhooks", std::move(webhooks)}};
    return json::serialize(descriptor);
}

}  // namespace posthorn::inspect
