#include "api/addon_json.h"

namespace posthorn::api {

namespace {

json::object webhook_json(const registry::Installation& installation, const registry::Webhook& webhook) {
    json::object object{{"id", registry::webhook_id(installation, webhook)},
                        {"event", webhook.declared.event},
                        {"url", webhook.declared.url}};
    if (!webhook.declared.key.empty()) object["key"] = webhook.declared.key;
    if (!webhook.declared.filter.empty()) object["filter"] = webhook.declared.filter;
    if (webhook.declared.exclude_body) object["excludeBody"] = true;
    if (webhook.is_paused()) {
        object["paused"] = webhook.paused_because;
        object["pausedAt"] = time_or_null(webhook.paused_at);
    }
    return object;
}

}  // namespace

json::object to_json(const registry::Installation& installation, const registry::Tenant& tenant) {
    json::object object;
    object["key"] = installation.addon_key;
    object["name"] = installation.name.empty() ? installation.addon_key : installation.name;
    object["version"] = installation.version;
    object["state"] = registry::to_text(installation.state);
    object["paused"] = installation.is_paused;
    if (installation.is_paused) {
        object["pausedAt"] = time_or_null(installation.paused_at);
        if (!installation.paused_because.empty()) object["pausedBecause"] = installation.paused_because;
    }
    object["baseUrl"] = installation.base_url;
    object["clientKey"] = tenant.client_key;
    object["authentication"] = registry::to_text(installation.authentication);
    json::array scopes;
    for (const auto& scope : installation.scopes.names()) scopes.emplace_back(scope);
    object["scopes"] = std::move(scopes);
    json::array webhooks;
    for (const auto& webhook : installation.webhooks)
        if (!webhook.is_retired) webhooks.emplace_back(webhook_json(installation, webhook));
    object["webhooks"] = std::move(webhooks);
    object["descriptorUrl"] =
        installation.descriptor_url.empty() ? json::value(nullptr) : json::value(installation.descriptor_url);
    object["installSigning"] = installation.signing_that_worked
                                   ? json::value(registry::to_text(*installation.signing_that_worked))
                                   : json::value(nullptr);
    object["installedAt"] = time_or_null(installation.installed_at);
    object["settings"] = parsed(registry::to_json(installation.settings));
    object["warnings"] = to_json(installation.warnings);
    return object;
}

json::object to_json_in_full(const registry::Installation& installation, const registry::Tenant& tenant) {
    auto object = to_json(installation, tenant);
    object["descriptor"] = installation.descriptor.empty() ? json::value(nullptr) : parsed(installation.descriptor);
    return object;
}

}  // namespace posthorn::api
