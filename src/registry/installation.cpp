#include "registry/installation.h"

#include <algorithm>
#include <array>
#include <span>
#include <tuple>

#include <fmt/format.h>

namespace posthorn::registry {

namespace {

constexpr std::array<std::string_view, 4> kStates = {"installing", "enabled", "disabled", "uninstalled"};

auto stored_parts(const Webhook& webhook) {
    return std::tie(webhook.number, webhook.declared, webhook.is_retired, webhook.paused_because, webhook.paused_at);
}

auto stored_parts(const Installation& i) {
    return std::tie(i.id, i.tenant, i.addon_key, i.state, i.is_inspector, i.is_paused, i.paused_because, i.paused_at,
                    i.pauses, i.descriptor, i.descriptor_url, i.name, i.version, i.base_url, i.authentication,
                    i.lifecycle, i.scopes, i.migrations, i.webhooks, i.last_webhook_number, i.warnings, i.settings,
                    i.signing_that_worked, i.user, i.sealed_secret, i.sealed_pending_secret, i.is_rotating,
                    i.owes_enabled, i.created_at, i.installed_at);
}

bool is_same_webhook(const WebhookDeclaration& one, const WebhookDeclaration& other) {
    return one.event == other.event && one.url == other.url && one.filter == other.filter && one.key == other.key;
}

// The oldest retired ones go; their numbers are not used again.
void forget_oldest_retired(std::vector<Webhook>& webhooks) {
    auto surplus =
        std::ranges::count_if(webhooks, &Webhook::is_retired) - static_cast<std::ptrdiff_t>(kRetiredWebhooksMax);
    std::erase_if(webhooks, [&](const Webhook& webhook) { return webhook.is_retired && surplus-- > 0; });
}

}  // namespace

std::string_view to_text(InstallationState state) { return kStates[static_cast<std::size_t>(state)]; }

std::optional<InstallationState> parse_installation_state(std::string_view text) {
    const auto found = std::ranges::find(kStates, text);
    if (found == kStates.end()) return std::nullopt;
    return static_cast<InstallationState>(found - kStates.begin());
}

bool Webhook::operator==(const Webhook& other) const { return stored_parts(*this) == stored_parts(other); }

bool Installation::operator==(const Installation& other) const { return stored_parts(*this) == stored_parts(other); }

const Webhook* Installation::find_webhook(WebhookNumber number) const {
    const auto found = std::ranges::lower_bound(webhooks, number, {}, &Webhook::number);
    return found != webhooks.end() && found->number == number ? &*found : nullptr;
}

Webhook* Installation::find_webhook(WebhookNumber number) {
    const auto found = std::ranges::lower_bound(webhooks, number, {}, &Webhook::number);
    return found != webhooks.end() && found->number == number ? &*found : nullptr;
}

void Installation::pause(std::string because, Moment now) {
    if (is_paused) return;
    is_paused = true;
    paused_because = std::move(because);
    paused_at = now;
}

void Installation::resume(Moment now) {
    if (!is_paused) return;
    // One that was paused by an older version does not know since when.
    const auto from = paused_at.value_or(pauses.empty() ? created_at : pauses.back().until);
    pauses.push_back({std::min(from, now), now});
    is_paused = false;
    paused_because.clear();
    paused_at.reset();
    if (pauses.size() <= kPausesMax) return;
    // What lay between them counts as paused too: a delivery may live longer than it should, never shorter.
    auto closest = pauses.begin();
    for (auto one = pauses.begin(); std::next(one) != pauses.end(); ++one)
        if (std::next(one)->from - one->until < std::next(closest)->from - closest->until) closest = one;
    closest->until = std::next(closest)->until;
    pauses.erase(std::next(closest));
}

std::string webhook_id(const Installation& installation, const Webhook& webhook) {
    return fmt::format("{}-{}", installation.id.value, webhook.number);
}

void take_descriptor(Installation& installation, const Descriptor& descriptor, Findings warnings) {
    installation.addon_key = descriptor.key;
    installation.descriptor = descriptor.text;
    installation.name = descriptor.name;
    installation.version = descriptor.version;
    installation.base_url = descriptor.base_url;
    installation.authentication = descriptor.authentication;
    installation.lifecycle = descriptor.lifecycle;
    installation.scopes = descriptor.scopes;
    installation.migrations = descriptor.migrations;
    installation.warnings = std::move(warnings);

    for (auto& webhook : installation.webhooks) webhook.is_retired = true;
    const auto known_webhooks = installation.webhooks.size();
    for (const auto& declared : descriptor.webhooks) {
        const auto known = std::span(installation.webhooks).first(known_webhooks);
        const auto same = std::ranges::find_if(known, [&](const Webhook& webhook) {
            return webhook.is_retired && is_same_webhook(webhook.declared, declared);
        });
        const bool is_new = same == known.end();
        auto& webhook = is_new ? installation.webhooks.emplace_back() : *same;
        if (is_new) webhook.number = ++installation.last_webhook_number;
        webhook.declared = declared;
        webhook.is_retired = false;
        webhook.paused_because.clear();
        webhook.paused_at.reset();
    }
    forget_oldest_retired(installation.webhooks);
}

}  // namespace posthorn::registry
