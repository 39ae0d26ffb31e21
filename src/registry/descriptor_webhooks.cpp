// read_modules: the webhooks of a descriptor.
#include <algorithm>
#include <map>
#include <tuple>

#include <fmt/format.h>

#include "registry/body_reader.h"
#include "registry/descriptor_reader.h"
#include "registry/descriptor_words.h"
#include "registry/json_words.h"

namespace posthorn::registry {

namespace {

// One entry of modules.webhooks.
class WebhookReader {
public:
    WebhookReader(DescriptorContext& context, wire::JsonView webhook, std::string pointer, std::string_view base_path)
        : context_(context), webhook_(webhook), pointer_(std::move(pointer)), base_path_(base_path) {}

    WebhookDeclaration read() {
        const auto* type = read_event();
        read_url(type);
        declared_.key = context_.text(webhook_, pointer_, "key");
        declared_.exclude_body = context_.flag(webhook_, pointer_, "excludeBody");
        read_filter();
        read_property_keys();
        read_params();
        check_filter(type);
        suggest_names();
        return std::move(declared_);
    }

private:
    std::string at(std::string_view name) const { return pointer_to(pointer_, name); }

    // A required text that is not empty; a fault if it isn't there.
    std::optional<std::string> required(std::string_view name, std::string_view allowed) {
        const auto value = context_.find(webhook_, pointer_, name);
        if (!value) {
            context_.fault(at(name), fmt::format("{} is missing; it is required: {}", name, allowed));
        } else if (!value->is_string()) {
            context_.refuse(at(name), *value, allowed);
        } else if (auto text = value->string(); text.empty()) {
            context_.fault(at(name), fmt::format("{} is empty; it is required: {}", name, allowed));
        } else {
            return text;
        }
        return std::nullopt;
    }

    // What is known of the webhook's event type; null when nobody knows it.
    const catalogue::EventType* read_event() {
        const auto name = required("event", "the name of an event type, such as \"jira:issue_created\"");
        if (!name) return nullptr;
        const auto* type = context_.catalogue.find(context_.product, *name);
        if (type == nullptr) {
            if (const auto* custom = context_.custom_types.find(*name)) type = &custom->type;
        }
        if (type == nullptr) {
            context_.warn(at("event"), context_.explain_unknown_event(*name) + " (the webhook hears nothing here)");
            type = context_.catalogue.find(*name);
        }
        declared_.event = type != nullptr ? type->name : *name;
        return type;
    }

    void read_url(const catalogue::EventType* type) {
        auto url = required("url", "a path below baseUrl, such as \"/hooks/issue-created\"");
        if (!url) return;
        declared_.url = std::move(*url);
        const auto compiled = wire::UrlTemplate::compile(base_path_, declared_.url,
                                                         known_variables(context_.catalogue, context_.custom_types));
        context_.take_notes(at("url"), declared_.url, compiled);
        for (const auto& variable : compiled.url.variables()) check_variable(variable, type);
    }

    void check_variable(const wire::TemplateVariable& variable, const catalogue::EventType* type) {
        std::vector<std::string_view> offered;
        if (type != nullptr)
            for (const auto& each : type->variables) offered.push_back(each.name);
        if (std::ranges::find(offered, variable.name) != offered.end()) return;
        if (variable.is_known && type == nullptr) return;  // Nobody knows what that type offers.
        const auto meant = context_.did_you_mean(variable.name, offered);
        const auto offers = type == nullptr   ? std::string()
                            : offered.empty() ? fmt::format("; {} offers none", type->name)
                                              : fmt::format("; {} offers {}", type->name, fmt::join(offered, ", "));
        if (variable.is_known)
            context_.warn(at("url"),
                          fmt::format("{} does not offer the variable {}{}: it will be empty unless the event "
                                      "is posted with a value for it{}",
                                      type->name, quoted(variable.name), meant, offers));
        else
            context_.warn(at("url"), fmt::format("the variable {} is unknown{}: its braces stay in the URL as text "
                                                 "unless the event is posted with a value for it{}",
                                                 quoted(variable.name), meant, offers));
    }

    void read_filter() { declared_.filter = context_.text(webhook_, pointer_, "filter"); }

    void read_property_keys() {
        const auto value = context_.find(webhook_, pointer_, "propertyKeys");
        if (!value) return;
        if (!value->is_array()) {
            context_.refuse(at("propertyKeys"), *value, "a list of property keys");
            return;
        }
        std::size_t index = 0;
        for (const auto& element : value->elements()) {
            if (element.is_string()) declared_.property_keys.push_back(element.string());
            else context_.refuse(pointer_to(at("propertyKeys"), index), element, "a property key, a string");
            ++index;
        }
    }

    void read_params() {
        const auto params = context_.object(webhook_, pointer_, "params");
        if (!params) return;
        const auto pointer = at("params");
        for (const auto& member : params->members()) {
            const auto name = member.key();
            if (member.value.is_null()) continue;
            if (name == "excludeIssueDetails") read_older_exclude(member.value, pointer_to(pointer, name));
            else if (!member.value.is_string()) context_.refuse(pointer_to(pointer, name), member.value, "a string");
            else if (name == "jql") read_older_filter(member.value.string(), pointer_to(pointer, name));
            else declared_.params.emplace_back(name, member.value.string());
        }
    }

    void read_older_filter(const std::string& jql, const std::string& pointer) {
        if (declared_.filter.empty()) declared_.filter = jql;
        else if (declared_.filter != jql)
            context_.warn(pointer, "params.jql is the older spelling of filter, which says something else and counts");
    }

    // A map of strings has it as text; descriptors of that time have the literal too.
    void read_older_exclude(wire::JsonView value, const std::string& pointer) {
        const bool says_yes = value.boolean() == true || value.string_is("true");
        const bool says_no = value.boolean() == false || value.string_is("false");
        if (!says_yes && !says_no) {
            context_.refuse(pointer, value, "\"true\" or \"false\"");
            return;
        }
        const auto newer = last_member(webhook_, "excludeBody");
        if (!newer || newer->is_null()) declared_.exclude_body = says_yes;
        else if (newer->boolean() && *newer->boolean() != says_yes)
            context_.warn(pointer,
                          "params.excludeIssueDetails is the older spelling of excludeBody, which says something else "
                          "and counts");
    }

    void check_filter(const catalogue::EventType* type) {
        if (declared_.filter.empty()) return;
        const auto own = last_member(webhook_, "filter");
        const bool is_older = !own || own->is_null() || own->string_is("");
        const auto pointer = is_older ? at("params") + "/jql" : at("filter");
        if (type != nullptr && type->filterable == catalogue::Filterable::no) {
            context_.fault(pointer,
                           fmt::format("found a filter on {}; only webhooks for issue and comment events of Jira "
                                       "may have one",
                                       type->name));
            return;
        }
        if (!context_.rules.compile_filter) {
            context_.warn(pointer,
                          "JQL filters are kept but not evaluated yet: the webhook hears every event of its type");
            return;
        }
        if (const auto compiled = context_.rules.compile_filter(declared_.filter); !compiled)
            context_.fault(pointer, fmt::format("found the filter {}, which is no JQL that Posthorn can evaluate: {}",
                                                quoted(declared_.filter), compiled.error().detail));
    }

    // Unknown properties are not our business, but one that is nearly ours is likely a slip.
    void suggest_names() {
        for (const auto& member : webhook_.members()) {
            const auto name = member.key();
            if (std::ranges::find(kWebhookProperties, name) != kWebhookProperties.end()) continue;
            if (const auto meant = context_.did_you_mean(name, kWebhookProperties); !meant.empty())
                context_.warn(at(name), fmt::format("a webhook has no property {}{}", quoted(name), meant));
        }
    }

    DescriptorContext& context_;
    wire::JsonView webhook_;
    std::string pointer_;
    std::string_view base_path_;
    WebhookDeclaration declared_;
};

class WebhooksReader {
public:
    WebhooksReader(DescriptorContext& context, Descriptor& descriptor)
        : context_(context), descriptor_(descriptor), base_path_(base_path_of(descriptor)) {}

    void read(wire::JsonView webhooks) {
        constexpr std::string_view kPointer = "/modules/webhooks";
        if (webhooks.is_object()) {
            read_one(webhooks, std::string(kPointer));
        } else if (webhooks.is_array()) {
            std::size_t index = 0;
            for (const auto& webhook : webhooks.elements()) read_one(webhook, pointer_to(kPointer, index++));
        } else {
            context_.refuse(std::string(kPointer), webhooks, "a list of webhooks");
        }
    }

private:
    void read_one(wire::JsonView webhook, std::string pointer) {
        if (!webhook.is_object()) {
            context_.refuse(std::move(pointer), webhook, "an object with event and url");
            return;
        }
        const auto faults_before = context_.report.faults.size();
        auto declared = WebhookReader(context_, webhook, pointer, base_path_).read();
        if (context_.report.faults.size() != faults_before) return;
        const auto [first, is_new] =
            pointers_.try_emplace(std::tuple(declared.event, declared.url, declared.filter), pointer);
        if (!is_new) {
            context_.warn(pointer, fmt::format("has the same event, url and filter as {}; they count as one webhook",
                                               first->second));
            return;
        }
        descriptor_.webhooks.push_back(std::move(declared));
    }

    DescriptorContext& context_;
    Descriptor& descriptor_;
    std::string base_path_;
    // Where each webhook stood first.
    std::map<std::tuple<std::string, std::string, std::string>, std::string> pointers_;
};

bool has_any(wire::JsonView webhooks) { return webhooks.is_object() || (webhooks.is_array() && webhooks.size() > 0); }

}  // namespace

void read_modules(DescriptorContext& context, wire::JsonView root, Descriptor& descriptor) {
    const auto modules = context.object(root, "", "modules");
    if (!modules) return;
    for (const auto& member : modules->members()) {
        const auto name = member.key();
        if (name == "webhooks") continue;
        if (const auto meant = context.did_you_mean(name, kOurModules); !meant.empty())
            context.warn(pointer_to("/modules", name), fmt::format("there is no module {}{}", quoted(name), meant));
    }
    const auto webhooks = context.find(*modules, "/modules", "webhooks");
    if (!webhooks) return;
    WebhooksReader(context, descriptor).read(*webhooks);
    if (has_any(*webhooks) && !descriptor.scopes.allow(Scope::read))
        context.fault("/scopes",
                      fmt::format("found [{}]; an add-on with webhooks needs the scope READ, itself or implied "
                                  "by WRITE, DELETE, PROJECT_ADMIN, SPACE_ADMIN or ADMIN",
                                  fmt::join(descriptor.scopes.names(), ", ")));
}

}  // namespace posthorn::registry
