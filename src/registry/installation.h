#pragma once
// An installation: one add-on on one tenant, with its webhooks, settings and sealed secrets.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.h"
#include "base/moment.h"
#include "base/result.h"
#include "model/event.h"
#include "model/pause.h"
#include "model/record.h"
#include "registry/descriptor.h"
#include "registry/filter.h"
#include "registry/finding.h"
#include "registry/sealing.h"
#include "registry/settings.h"
#include "wire/jwt_keys.h"
#include "wire/url.h"
#include "wire/url_template.h"

namespace posthorn::registry {

enum class InstallationState : std::uint8_t { installing, enabled, disabled, uninstalled };
std::string_view to_text(InstallationState state);
std::optional<InstallationState> parse_installation_state(std::string_view text);

/// How many retired webhooks an installation keeps, for the deliveries that still wait for them; the oldest go.
inline constexpr std::size_t kRetiredWebhooksMax = 200;

/// How many pauses an installation remembers; beyond it those that lie closest together count as one.
inline constexpr std::size_t kPausesMax = 50;

/// A webhook of an installation: what the descriptor declares, and what became of it.
struct Webhook {
    WebhookNumber number = 0;
    WebhookDeclaration declared;
    bool is_retired = false;  ///< No longer in the descriptor: gets no new deliveries, waiting ones go on.
    /// Why it is paused (the receiver answered 410); empty: it is not. A paused one gets no new deliveries.
    std::string paused_because;
    std::optional<Moment> paused_at;

    // Made by compile(), neither stored nor compared.
    wire::UrlTemplate url;
    CompiledFilterPtr filter;  ///< Null when it has none.

    bool is_paused() const { return !paused_because.empty(); }
    bool hears() const { return !is_retired && !is_paused(); }
    bool operator==(const Webhook& other) const;
};

/// The lifecycle URLs, compiled; none where the add-on has none.
struct LifecycleUrls {
    std::optional<wire::UrlTemplate> installed;
    std::optional<wire::UrlTemplate> uninstalled;
    std::optional<wire::UrlTemplate> enabled;
    std::optional<wire::UrlTemplate> disabled;
};

/// The signing key of HS256 calls. Signing changes it inside: only the net thread that owns the installation's
/// receiver uses it.
using HmacKeyPtr = std::shared_ptr<wire::HmacKey>;

/// A value; those in a snapshot are immutable and compiled. To change one: copy it, edit, Registry::prepare.
struct Installation {
    InstallationId id;  ///< Stays the same over updates and re-installs of the add-on on its tenant.
    TenantId tenant;
    std::string addon_key;
    InstallationState state = InstallationState::installing;
    /// One of this server's own inspectors: it is called at our own listener, whatever the public URL's address.
    bool is_inspector = false;
    bool is_paused = false;  ///< Events are kept, and delivered after `resume`.
    std::string paused_because;       ///< The notice, where it was not an operator who paused it; else empty.
    std::optional<Moment> paused_at;  ///< While it is.
    /// Earlier pauses, the oldest first: deliveries don't age in them.
    std::vector<model::Pause> pauses;

    std::string descriptor;      ///< The JSON as it came; empty before the first install succeeded.
    std::string descriptor_url;  ///< Where it was fetched from; empty if it was given.
    std::string name;
    std::string version;
    std::string base_url;  ///< Without trailing '/'.
    Authentication authentication = Authentication::jwt;
    LifecyclePaths lifecycle;
    Scopes scopes;
    ApiMigrations migrations;
    std::vector<Webhook> webhooks;  ///< By number; retired ones too.
    WebhookNumber last_webhook_number = 0;
    Findings warnings;  ///< Of the descriptor.

    Settings settings;
    /// What worked at the last install, for `auto`; none before.
    std::optional<InstallSigning> signing_that_worked;
    /// Who installed it; lifecycle calls carry it.
    model::ActingUser user;

    /// The shared secret, sealed; kept after uninstall, to sign a legacy re-install. Empty: none yet.
    std::string sealed_secret;
    /// A new secret that an install call carries or carried, whose answer is not known. Empty: none.
    std::string sealed_pending_secret;
    /// A rotation was asked for and its answer is not known: deliveries wait, the call is repeated.
    bool is_rotating = false;
    /// It is enabled, and its `enabled` calls are not queued yet; a start after a crash does it.
    bool owes_enabled = false;

    Moment created_at;
    std::optional<Moment> installed_at;  ///< The last install that succeeded.

    // Made by compile(), neither stored nor compared.
    wire::Url receiver;         ///< base_url, parsed.
    LifecycleUrls lifecycle_urls;
    HmacKeyPtr hmac;            ///< Null without a current secret.

    /// Nothing if it is paused already. `because` is the notice, if there is one.
    void pause(std::string because, Moment now);
    void resume(Moment now);
    bool is_enabled() const { return state == InstallationState::enabled; }
    /// Retired ones too; null if there is none.
    const Webhook* find_webhook(WebhookNumber number) const;
    Webhook* find_webhook(WebhookNumber number);
    bool operator==(const Installation& other) const;
};

/// "{installation id}-{number}", the `id` of a webhook in the API.
std::string webhook_id(const Installation& installation, const Webhook& webhook);

/// Puts `descriptor` in place of what the installation had. A webhook keeps its number when event, url, filter
/// and key are the same; others get new numbers; those that are gone stay as retired. Pauses of webhooks
/// (410) end: the add-on has declared itself anew.
void take_descriptor(Installation& installation, const Descriptor& descriptor, Findings warnings);

/// The identities under which an installation's secrets are sealed.
std::string secret_identity(InstallationId id);
std::string pending_secret_identity(InstallationId id);

/// Seals `secret` as the pending one, before the install call that carries it.
void put_pending_secret(Installation& installation, const Secret& secret, const MasterKey& key);
/// The pending secret becomes the current one, after the call was answered well. Does nothing without one.
/// Errors: corrupt.
Result<void> confirm_pending_secret(Installation& installation, const MasterKey& key);
/// None if there is none. Errors: corrupt.
Result<std::optional<Secret>> current_secret(const Installation& installation, const MasterKey& key);
Result<std::optional<Secret>> pending_secret(const Installation& installation, const MasterKey& key);

/// What compile needs beside the installation.
struct CompileContext {
    const catalogue::Catalogue& catalogue;
    const TenantCustomTypes& custom_types;
    const MasterKey& key;
    CompileFilter compile_filter;  ///< Empty: filters stay null.
};

/// Makes the parts that are not stored. Errors: corrupt (the secret can't be unsealed, a stored URL or filter
/// can't be read).
Result<void> compile(Installation& installation, const CompileContext& context);

/// A row of kind "installation"; its key is the id. Header values are sealed by `key`.
model::RegistryRow to_row(const Installation& installation, const MasterKey& key);
/// Not compiled. Errors: corrupt, unsupported (a newer major version of the row).
Result<Installation> installation_from_row(const model::RegistryRow& row, const MasterKey& key);

}  // namespace posthorn::registry
