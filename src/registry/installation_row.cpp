// Installations as rows.
#include <fmt/format.h>
#include <boost/json/object.hpp>

#include "registry/installation.h"
#include "registry/row_id.h"
#include "registry/row_json.h"
#include "registry/settings_json.h"

namespace posthorn::registry {

namespace json = boost::json;

namespace {

std::string settings_identity(InstallationId id) { return fmt::format("installation/{}", id.value); }

json::object to_row_object(const Webhook& webhook) {
    const auto& declared = webhook.declared;
    json::object object{
        {"number", static_cast<std::int64_t>(webhook.number)}, {"event", declared.event}, {"url", declared.url}};
    if (!declared.key.empty()) object["key"] = declared.key;
    if (!declared.filter.empty()) object["filter"] = declared.filter;
    if (declared.exclude_body) object["exclude_body"] = true;
    if (!declared.property_keys.empty()) object["property_keys"] = to_json_list(declared.property_keys);
    json::array params;
    for (const auto& [name, value] : declared.params) params.push_back(json::array{name, value});
    if (!params.empty()) object["params"] = std::move(params);
    if (webhook.is_retired) object["is_retired"] = true;
    if (webhook.is_paused()) object["paused_because"] = webhook.paused_because;
    if (webhook.paused_at) object["paused_at"] = epoch_ms(*webhook.paused_at);
    return object;
}

Webhook webhook_from_row(RowReader& reader) {
    Webhook webhook;
    const auto number = reader.integer("number");
    if (number < 1 || number > 0xFFFF'FFFF) reader.refuse("number");
    webhook.number = static_cast<WebhookNumber>(number);
    auto& declared = webhook.declared;
    declared.event = reader.text("event");
    declared.url = reader.text("url");
    declared.key = reader.text_or_empty("key");
    declared.filter = reader.text_or_empty("filter");
    declared.exclude_body = reader.flag("exclude_body");
    declared.property_keys = reader.texts("property_keys");
    for (const auto& element : reader.list("params")) {
        const auto* pair = element.if_array();
        if (pair == nullptr || pair->size() != 2 || !pair->front().is_string() || !pair->back().is_string()) {
            reader.refuse("params");
            continue;
        }
        declared.params.emplace_back(std::string_view(pair->front().get_string()),
                                     std::string_view(pair->back().get_string()));
    }
    webhook.is_retired = reader.flag("is_retired");
    webhook.paused_because = reader.text_or_empty("paused_because");
    webhook.paused_at = reader.moment_if_there("paused_at");
    return webhook;
}

void webhooks_from_row(RowReader& reader, Installation& installation) {
    for (const auto& element : reader.list("webhooks")) {
        if (!element.is_object()) {
            reader.refuse("webhooks");
            continue;
        }
        RowReader inner(element.get_object(), reader.where());
        auto webhook = webhook_from_row(inner);
        reader.absorb(std::move(inner));
        // find_webhook() relies on the order.
        if (!installation.webhooks.empty() && installation.webhooks.back().number >= webhook.number)
            reader.refuse("webhooks");
        installation.webhooks.push_back(std::move(webhook));
    }
    const auto last = reader.integer("last_webhook_number");
    if (last < 0 || last > 0xFFFF'FFFF) reader.refuse("last_webhook_number");
    installation.last_webhook_number = static_cast<WebhookNumber>(last);
    if (!installation.webhooks.empty() && installation.webhooks.back().number > installation.last_webhook_number)
        reader.refuse("last_webhook_number");
}

json::object to_row_object(const LifecyclePaths& paths) {
    return {{"installed", paths.installed},
            {"uninstalled", paths.uninstalled},
            {"enabled", paths.enabled},
            {"disabled", paths.disabled}};
}

LifecyclePaths lifecycle_from_row(RowReader& reader) {
    auto inner = reader.object("lifecycle");
    LifecyclePaths paths{.installed = inner.text_or_empty("installed"),
                         .uninstalled = inner.text_or_empty("uninstalled"),
                         .enabled = inner.text_or_empty("enabled"),
                         .disabled = inner.text_or_empty("disabled")};
    reader.absorb(std::move(inner));
    return paths;
}

json::object to_row_object(const model::ActingUser& user) {
    return {{"id", user.id}, {"key", user.key}, {"account_id", user.account_id}, {"display_name", user.display_name}};
}

model::ActingUser user_from_row(RowReader& reader) {
    auto inner = reader.object("user");
    model::ActingUser user{.id = inner.text_or_empty("id"),
                           .key = inner.text_or_empty("key"),
                           .account_id = inner.text_or_empty("account_id"),
                           .display_name = inner.text_or_empty("display_name")};
    reader.absorb(std::move(inner));
    return user;
}

json::array to_row_list(const std::vector<model::Pause>& pauses) {
    json::array list;
    for (const auto& pause : pauses) list.push_back(json::array{epoch_ms(pause.from), epoch_ms(pause.until)});
    return list;
}

std::vector<model::Pause> pauses_from_row(RowReader& reader) {
    std::vector<model::Pause> pauses;
    for (const auto& element : reader.list("pauses")) {
        const auto* pair = element.if_array();
        const bool is_pair =
            pair != nullptr && pair->size() == 2 && pair->front().is_int64() && pair->back().is_int64();
        if (!is_pair || pair->front().get_int64() > pair->back().get_int64() ||
            (!pauses.empty() && epoch_ms(pauses.back().until) > pair->front().get_int64())) {
            reader.refuse("pauses");
            continue;
        }
        pauses.push_back({from_epoch_ms(pair->front().get_int64()), from_epoch_ms(pair->back().get_int64())});
    }
    return pauses;
}

json::array to_row_list(const Findings& findings) {
    json::array list;
    for (const auto& finding : findings)
        list.push_back(json::object{{"pointer", finding.pointer}, {"message", finding.message}});
    return list;
}

Findings findings_from_row(RowReader& reader, std::string_view name) {
    Findings findings;
    for (const auto& element : reader.list(name)) {
        if (!element.is_object()) {
            reader.refuse(name);
            continue;
        }
        RowReader inner(element.get_object(), reader.where());
        auto pointer = inner.text("pointer");
        auto message = inner.text("message");
        findings.push_back({.pointer = std::move(pointer), .message = std::move(message)});
        reader.absorb(std::move(inner));
    }
    return findings;
}

}  // namespace

model::RegistryRow to_row(const Installation& installation, const MasterKey& key) {
    auto object = new_row_object();
    object["tenant"] = static_cast<std::int64_t>(installation.tenant.value);
    object["addon_key"] = installation.addon_key;
    object["state"] = json::string(to_text(installation.state));
    if (installation.is_inspector) object["is_inspector"] = true;
    object["is_paused"] = installation.is_paused;
    if (!installation.paused_because.empty()) object["paused_because"] = installation.paused_because;
    if (installation.paused_at) object["paused_at"] = epoch_ms(*installation.paused_at);
    if (!installation.pauses.empty()) object["pauses"] = to_row_list(installation.pauses);
    object["descriptor"] = installation.descriptor;
    object["descriptor_url"] = installation.descriptor_url;
    object["name"] = installation.name;
    object["addon_version"] = installation.version;
    object["base_url"] = installation.base_url;
    object["authentication"] = json::string(to_text(installation.authentication));
    object["lifecycle"] = to_row_object(installation.lifecycle);
    object["scopes"] = to_json_list(installation.scopes.names());
    object["migrations"] = json::object{{"signed_install", installation.migrations.signed_install},
                                        {"gdpr", installation.migrations.gdpr},
                                        {"context_qsh", installation.migrations.context_qsh}};
    json::array webhooks;
    for (const auto& webhook : installation.webhooks) webhooks.push_back(to_row_object(webhook));
    object["webhooks"] = std::move(webhooks);
    object["last_webhook_number"] = static_cast<std::int64_t>(installation.last_webhook_number);
    object["warnings"] = to_row_list(installation.warnings);
    object["settings"] = to_row_object(installation.settings, key, settings_identity(installation.id));
    if (installation.signing_that_worked)
        object["signing_that_worked"] = json::string(to_text(*installation.signing_that_worked));
    object["user"] = to_row_object(installation.user);
    object["sealed_secret"] = installation.sealed_secret;
    object["sealed_pending_secret"] = installation.sealed_pending_secret;
    object["is_rotating"] = installation.is_rotating;
    if (installation.owes_enabled) object["owes_enabled"] = true;
    object["created_at"] = epoch_ms(installation.created_at);
    if (installation.installed_at) object["installed_at"] = epoch_ms(*installation.installed_at);
    return make_row("installation", std::to_string(installation.id.value), object);
}

Result<Installation> installation_from_row(const model::RegistryRow& row, const MasterKey& key) {
    POSTHORN_TRY(auto reader, RowReader::open(row, "installation"));
    Installation installation;
    installation.id = InstallationId{id_of_row(row).value_or(0)};
    if (!installation.id) return fail(Errc::corrupt, "the row's key is no id", reader.where());
    installation.tenant = TenantId{static_cast<std::uint64_t>(reader.integer("tenant"))};
    installation.addon_key = reader.text("addon_key");
    if (const auto state = parse_installation_state(reader.text("state"))) installation.state = *state;
    else reader.refuse("state");
    installation.is_inspector = reader.flag("is_inspector");
    installation.is_paused = reader.flag("is_paused");
    installation.paused_because = reader.text_or_empty("paused_because");
    installation.paused_at = reader.moment_if_there("paused_at");
    installation.pauses = pauses_from_row(reader);
    installation.descriptor = reader.text_or_empty("descriptor");
    installation.descriptor_url = reader.text_or_empty("descriptor_url");
    installation.name = reader.text_or_empty("name");
    installation.version = reader.text_or_empty("addon_version");
    installation.base_url = reader.text_or_empty("base_url");
    const auto authentication = reader.text("authentication");
    if (authentication == to_text(Authentication::none)) installation.authentication = Authentication::none;
    else if (authentication != to_text(Authentication::jwt)) reader.refuse("authentication");
    installation.lifecycle = lifecycle_from_row(reader);
    installation.scopes = Scopes(reader.texts("scopes"));
    auto migrations = reader.object("migrations");
    installation.migrations = {.signed_install = migrations.flag("signed_install"),
                               .gdpr = migrations.flag("gdpr"),
                               .context_qsh = migrations.flag("context_qsh")};
    reader.absorb(std::move(migrations));
    webhooks_from_row(reader, installation);
    installation.warnings = findings_from_row(reader, "warnings");
    auto settings = reader.object("settings");
    installation.settings = settings_from_row(settings, key, settings_identity(installation.id));
    reader.absorb(std::move(settings));
    if (const auto signing = reader.text_or_empty("signing_that_worked"); !signing.empty()) {
        installation.signing_that_worked = parse_install_signing(signing);
        if (!installation.signing_that_worked) reader.refuse("signing_that_worked");
    }
    installation.user = user_from_row(reader);
    installation.sealed_secret = reader.text_or_empty("sealed_secret");
    installation.sealed_pending_secret = reader.text_or_empty("sealed_pending_secret");
    installation.is_rotating = reader.flag("is_rotating");
    installation.owes_enabled = reader.flag("owes_enabled");
    installation.created_at = reader.moment("created_at");
    installation.installed_at = reader.moment_if_there("installed_at");
    POSTHORN_CHECK(reader.finish());
    return installation;
}

}  // namespace posthorn::registry
