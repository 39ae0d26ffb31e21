#include "registry/descriptor_reader.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "registry/body_reader.h"
#include "registry/descriptor_words.h"
#include "registry/json_words.h"
#include "wire/suggest.h"

namespace posthorn::registry {

namespace {

constexpr std::size_t kKeyBytesMax = 80;
constexpr std::size_t kSuggestedBytesMax = 200;
constexpr std::string_view kKeyAllowed = "1 to 80 of a-z, A-Z, 0-9, '.', '_' and '-'";

bool is_key_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
}

void warn_of_unknown_properties(DescriptorContext& context, wire::JsonView root) {
    for (const auto& member : root.members()) {
        const auto name = member.key();
        if (std::ranges::find(kDescriptorProperties, name) != kDescriptorProperties.end()) continue;
        context.warn(pointer_to("", name),
                     fmt::format("{} is no property of a descriptor that Posthorn knows{}; it is "
                                 "kept, and has no effect",
                                 quoted(name), context.did_you_mean(name, kDescriptorProperties)));
    }
}

void read_key(DescriptorContext& context, wire::JsonView root, Descriptor& descriptor) {
    const auto value = context.find(root, "", "key");
    if (!value) {
        context.fault("/key", fmt::format("key is missing; it is required: {}", kKeyAllowed));
        return;
    }
    if (!value->is_string()) {
        context.refuse("/key", *value, kKeyAllowed);
        return;
    }
    descriptor.key = value->string();
    if (descriptor.key.size() > kKeyBytesMax)
        context.fault("/key",
                      fmt::format("found a key of {} bytes, allowed are {}", descriptor.key.size(), kKeyAllowed));
    else if (descriptor.key.empty() || !std::ranges::all_of(descriptor.key, is_key_char))
        context.refuse("/key", *value, kKeyAllowed);
}

void read_base_url(DescriptorContext& context, wire::JsonView root, Descriptor& descriptor) {
    constexpr std::string_view kAllowed = "an absolute URL, such as https://addon.example/path";
    const auto value = context.find(root, "", "baseUrl");
    if (!value) {
        context.fault("/baseUrl", fmt::format("baseUrl is missing; it is required: {}", kAllowed));
        return;
    }
    if (!value->is_string()) {
        context.refuse("/baseUrl", *value, kAllowed);
        return;
    }
    auto url = value->string();
    const auto faults = wire::base_url_faults(url, context.rules.plain_http);
    // One with user info may hold a password, which is not repeated.
    const auto found = url.find('@') == std::string::npos ? "found " + quoted(url) + ": " : std::string();
    for (const auto& fault : faults) context.fault("/baseUrl", found + fault);
    if (!faults.empty()) return;
    while (url.ends_with('/')) url.pop_back();
    descriptor.base_url = std::move(url);
}

void read_authentication(DescriptorContext& context, wire::JsonView root, Descriptor& descriptor) {
    constexpr std::array<std::string_view, 2> kTypes = {"jwt", "none"};
    constexpr std::string_view kAllowed = "{\"type\":\"jwt\"} or {\"type\":\"none\"}";
    const auto value = context.find(root, "", "authentication");
    if (!value) return;
    if (!value->is_object()) {
        context.refuse("/authentication", *value, kAllowed);
        return;
    }
    const auto type = context.find(*value, "/authentication", "type");
    if (!type) return;
    if (type->string_is("none")) descriptor.authentication = Authentication::none;
    else if (!type->string_is("jwt"))
        context.refuse("/authentication/type", *type,
                       fmt::format("\"jwt\" or \"none\"{}",
                                   type->is_string() ? context.did_you_mean(type->string(), kTypes) : ""));
}

void read_lifecycle_path(DescriptorContext& context, wire::JsonView lifecycle, std::string_view name,
                         std::string_view base_path, std::string& path) {
    const auto value = context.find(lifecycle, "/lifecycle", name);
    if (!value) return;
    const auto pointer = pointer_to("/lifecycle", name);
    if (!value->is_string() || value->string().empty()) {
        context.refuse(pointer, *value, "a path below baseUrl, such as \"/installed\"");
        return;
    }
    path = value->string();
    context.take_notes(pointer, path,
                       wire::UrlTemplate::compile(
                           base_path, path, [](std::string_view) { return false; }, wire::TemplateKind::lifecycle));
}

void read_lifecycle(DescriptorContext& context, wire::JsonView root, Descriptor& descriptor) {
    const auto lifecycle = context.object(root, "", "lifecycle");
    if (lifecycle) {
        const auto base_path = base_path_of(descriptor);
        auto& paths = descriptor.lifecycle;
        read_lifecycle_path(context, *lifecycle, "installed", base_path, paths.installed);
        read_lifecycle_path(context, *lifecycle, "uninstalled", base_path, paths.uninstalled);
        read_lifecycle_path(context, *lifecycle, "enabled", base_path, paths.enabled);
        read_lifecycle_path(context, *lifecycle, "disabled", base_path, paths.disabled);
        for (const auto& member : lifecycle->members()) {
            const auto name = member.key();
            if (std::ranges::find(kLifecycleNames, name) != kLifecycleNames.end()) continue;
            if (const auto meant = context.did_you_mean(name, kLifecycleNames); !meant.empty())
                context.warn(pointer_to("/lifecycle", name),
                             fmt::format("there is no lifecycle call {}{}", quoted(name), meant));
        }
    }
    const auto installed = lifecycle ? last_member(*lifecycle, "installed") : std::nullopt;
    const bool is_missing = !installed || installed->is_null();
    if (descriptor.authentication == Authentication::jwt && is_missing)
        context.fault(
            "/lifecycle/installed",
            "lifecycle.installed is missing; with the authentication type jwt (the default) it is required, "
            "for the shared secret is brought there; allowed is a path below baseUrl, such as \"/installed\"");
}

void read_scopes(DescriptorContext& context, wire::JsonView root, Descriptor& descriptor) {
    const auto value = context.find(root, "", "scopes");
    if (!value) return;
    if (!value->is_array()) {
        context.refuse("/scopes", *value, "a list of names, such as [\"READ\"]");
        return;
    }
    std::vector<std::string> names;
    std::size_t index = 0;
    for (const auto& element : value->elements()) {
        const auto pointer = pointer_to("/scopes", index++);
        if (!element.is_string()) {
            context.refuse(pointer, element, "the name of a scope, such as \"READ\"");
            continue;
        }
        names.push_back(element.string());
        if (!parse_scope(names.back()))
            context.warn(pointer,
                         fmt::format("there is no scope {}{}; known are {}", quoted(names.back()),
                                     context.did_you_mean(names.back(), kScopeNames), fmt::join(kScopeNames, ", ")));
    }
    descriptor.scopes = Scopes(names);
}

void read_shown(DescriptorContext& context, wire::JsonView root, Descriptor& descriptor) {
    descriptor.name = context.text(root, "", "name");
    context.text(root, "", "description");
    if (const auto vendor = context.object(root, "", "vendor")) {
        context.text(*vendor, "/vendor", "name");
        context.text(*vendor, "/vendor", "url");
    }
    if (const auto links = context.object(root, "", "links"))
        for (const auto& member : links->members())
            if (!member.value.is_string() && !member.value.is_null())
                context.refuse(pointer_to("/links", member.key()), member.value, "a string");
    descriptor.version = context.text(root, "", "version");
    if (const auto value = context.find(root, "", "apiVersion")) {
        if (const auto number = value->integer()) descriptor.api_version = *number;
        else context.refuse("/apiVersion", *value, "a whole number");
    }
    descriptor.enable_licensing = context.flag(root, "", "enableLicensing");
    if (const auto migrations = context.object(root, "", "apiMigrations"))
        descriptor.migrations = {.signed_install = context.flag(*migrations, "/apiMigrations", "signed-install"),
                                 .gdpr = context.flag(*migrations, "/apiMigrations", "gdpr"),
                                 .context_qsh = context.flag(*migrations, "/apiMigrations", "context-qsh")};
}

}  // namespace

void DescriptorContext::fault(std::string pointer, std::string message) {
    if (report.faults.size() >= kFindingsMax) {
        ++more_faults;
        return;
    }
    report.faults.push_back({.pointer = std::move(pointer), .message = std::move(message)});
}

void DescriptorContext::warn(std::string pointer, std::string message) {
    if (report.warnings.size() >= kFindingsMax) {
        ++more_warnings;
        return;
    }
    report.warnings.push_back({.pointer = std::move(pointer), .message = std::move(message)});
}

void DescriptorContext::close() {
    if (more_faults > 0) report.faults.push_back({.pointer = "", .message = fmt::format("and {} more", more_faults)});
    if (more_warnings > 0)
        report.warnings.push_back({.pointer = "", .message = fmt::format("and {} more", more_warnings)});
}

std::string DescriptorContext::did_you_mean(std::string_view name, std::span<const std::string_view> names) {
    if (name.size() > kSuggestedBytesMax || suggestions_made >= kSuggestionsMax) return {};
    ++suggestions_made;
    return wire::did_you_mean(name, names);
}

std::string DescriptorContext::explain_unknown_event(std::string_view name) {
    if (name.size() > kSuggestedBytesMax || suggestions_made >= kSuggestionsMax)
        return fmt::format("there is no event type {}", quoted(name));
    ++suggestions_made;
    return catalogue.explain_unknown(product, name, custom_types.names());
}

void DescriptorContext::refuse(std::string pointer, wire::JsonView value, std::string_view allowed) {
    fault(std::move(pointer), fmt::format("found {}, allowed is {}", shown(value), allowed));
}

std::optional<wire::JsonView> DescriptorContext::find(wire::JsonView object, std::string_view pointer,
                                                      std::string_view name) {
    std::optional<wire::JsonView> found;
    for (const auto& member : object.members()) {
        if (!member.key_is(name)) continue;
        if (found) warn(pointer_to(pointer, name), fmt::format("{} is there twice; the last one counts", quoted(name)));
        found = member.value;
    }
    return found && found->is_null() ? std::nullopt : found;
}

std::string DescriptorContext::text(wire::JsonView object, std::string_view pointer, std::string_view name) {
    const auto value = find(object, pointer, name);
    if (!value) return {};
    if (value->is_string()) return value->string();
    refuse(pointer_to(pointer, name), *value, "a string");
    return {};
}

bool DescriptorContext::flag(wire::JsonView object, std::string_view pointer, std::string_view name) {
    const auto value = find(object, pointer, name);
    if (!value) return false;
    if (const auto flag = value->boolean()) return *flag;
    refuse(pointer_to(pointer, name), *value, "true or false");
    return false;
}

std::optional<wire::JsonView> DescriptorContext::object(wire::JsonView parent, std::string_view pointer,
                                                        std::string_view name) {
    auto value = find(parent, pointer, name);
    if (!value || value->is_object()) return value;
    refuse(pointer_to(pointer, name), *value, "an object");
    return std::nullopt;
}

void DescriptorContext::take_notes(const std::string& pointer, std::string_view url,
                                   const wire::CompiledTemplate& compiled) {
    for (const auto& note : compiled.faults) fault(pointer, fmt::format("found {}: {}", quoted(url), note.message));
    for (const auto& note : compiled.warnings) warn(pointer, note.code + ": " + note.message);
}

std::string base_path_of(const Descriptor& descriptor) {
    const auto url = wire::parse_url(descriptor.base_url);
    return url ? url->path : std::string();
}

void read_descriptor(DescriptorContext& context, wire::JsonView root, Descriptor& descriptor) {
    read_key(context, root, descriptor);
    read_base_url(context, root, descriptor);
    read_authentication(context, root, descriptor);
    read_lifecycle(context, root, descriptor);
    read_scopes(context, root, descriptor);
    read_shown(context, root, descriptor);
    warn_of_unknown_properties(context, root);
}

}  // namespace posthorn::registry
