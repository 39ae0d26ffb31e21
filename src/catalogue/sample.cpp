#include "catalogue/sample.h"

#include "base/assert.h"
#include "catalogue/confluence_samples.h"
#include "catalogue/jira_samples.h"
#include "catalogue/json_text.h"
#include "catalogue/payload_path.h"
#include "catalogue/specification.h"
#include "version.h"

namespace posthorn::catalogue {
namespace {

namespace json = boost::json;
using std::string_view;

// Of no server; its private half was thrown away.
constexpr string_view kPublicKey =
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAvL0h6BZj5g+Sjb3mtl67fqCISkiolWa7"
    "uBJrXS/iS6NHJ6w5K/dbxu3BxhBitRazpzWy+BrUfXjVr1eTGHnCCze1SnD+tkF8BrM3V6yNc8+3"
    "dkmVopGzW7whP7YKT3VK/mBpZZK1yBqoaDD4CXu56ME+lqKDqMIlvE/6numvLiwyQ73XLpBYnE6l"
    "JKs1qJzZ7X2mvOuIbIkTaYJI3IQVbf6TQOYbQoQdQ9X3ydd6XLEBBgNychPbf1zjvH9HCEq3E3QT"
    "+i/P80UEB9/0FxU1WqDmYL8YrlKbfWnKPckaGa8rHjR7HfC+XDVuEq89Wk1KifC7stRsyJS0sG4i"
    "0gNoaQIDAQAB";

// The part of a lifecycle body that connect_addon_* has, in the order of the shape AddonEvent.
json::object addon_event(const Site& site, const EventType& type) {
    return {{"key", "com.example.addon"},
            {"clientKey", "6f1c4c0e-8d55-4b0b-9b43-6d3a52b7c001"},
            {"publicKey", kPublicKey},
            {"serverVersion", POSTHORN_VERSION},
            {"pluginsVersion", POSTHORN_VERSION},
            {"baseUrl", site.url("")},
            {"productType", model::to_string(type.product)},
            {"description", "The sample add-on"},
            {"eventType", type.name.ends_with("_enabled") ? "enabled" : "disabled"}};
}

std::optional<json::value> field_of(const Site& site, const EventType& type, string_view field) {
    return type.product == Product::jira ? jira_field(site, type.name, field)
                                         : confluence_field(site, type.name, field);
}

// What the sample world knows of a variable that no payload holds.
std::optional<string_view> context_value(string_view variable) {
    if (variable == "project.key") return ids::kProjectKey;
    return std::nullopt;
}

std::string value_name(const Variable& variable) { return "sample-" + variable.name; }

}  // namespace

Sample make_sample(const Catalogue& catalogue, const EventType& type, const SampleOptions& options) {
    const Site site(options);
    Sample sample;
    const auto& body = catalogue.specification().event(type.product, type.name).at("body").as_object();
    for (const auto& entry : body) {
        string_view name = entry.key();
        if (name == "...") {
            for (auto& [key, value] : addon_event(site, type)) sample.payload[key] = std::move(value);
            continue;
        }
        const bool is_optional = name.ends_with('?');
        if (is_optional) name.remove_suffix(1);
        if (auto value = field_of(site, type, name)) sample.payload[name] = *std::move(value);
        else POSTHORN_ASSERT(is_optional);
    }
    for (const auto& variable : type.variables) {
        if (find_value(sample.payload, variable) != nullptr) continue;
        const auto value = context_value(variable.name);
        POSTHORN_ASSERT(value.has_value());
        sample.context[variable.name] = *value;
    }
    if (!is_made_by_posthorn(type.name)) sample.user = acting_user(kAda);
    return sample;
}

Sample make_sample(const CustomType& custom, const SampleOptions& options) {
    Sample sample;
    sample.user = acting_user(kAda);
    if (!custom.sample.empty()) {
        // parse_custom_type has checked that it is an object.
        auto payload = parse_text(custom.sample);
        POSTHORN_ASSERT(payload.has_value());
        POSTHORN_ASSERT(payload->is_object());
        sample.payload = std::move(payload->get_object());
        return sample;
    }
    sample.payload["timestamp"] = epoch_ms(options.now);
    for (const auto& variable : custom.type.variables) {
        if (find_value(sample.payload, variable) != nullptr) continue;
        // Two variables may want the same place, one as an object and one as a value: the second has to be told.
        if (variable.pointers.empty() || !put(sample.payload, variable.pointers.front(), value_name(variable)))
            sample.context[variable.name] = value_name(variable);
    }
    return sample;
}

}  // namespace posthorn::catalogue
