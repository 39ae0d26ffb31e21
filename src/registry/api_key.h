#pragma once
// API keys: who may do what. Only the hash of a key's token is kept.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/id.h"
#include "base/moment.h"
#include "base/result.h"
#include "model/record.h"
#include "registry/secret.h"

namespace posthorn::registry {

enum class Role : std::uint8_t { admin, tenant, publish, read };
std::string_view to_text(Role role);
std::optional<Role> parse_role(std::string_view text);

using TokenHash = std::array<unsigned char, 32>;

/// A value.
struct ApiKey {
    std::string id = {};  ///< "key_" and 16 characters; may be shown.
    Role role = Role::read;
    TenantId tenant = {};        ///< Required for tenant and publish; optional for read; none for admin.
    std::string addon = {};  ///< Only with the role tenant: the one add-on that the key is for.
    std::string note = {};
    TokenHash hash{};  ///< SHA-256 of the token.
    Moment created_at = {};

    bool operator==(const ApiKey&) const = default;
};

/// What a request wants to do.
enum class Action : std::uint8_t {
    read_server,     ///< Metrics, the whole stream, all tenants, operations that are nobody's.
    read_tenant,     ///< A tenant, its event types, its stream.
    read_addon,      ///< An add-on and its deliveries, or (no add-on named) all of a tenant's, and events.
    publish_event,   ///< Post events of a tenant.
    change_addon,    ///< Install, set, pause, uninstall, replay, recover, cancel, inspectors; of one add-on or all.
    change_tenant,   ///< PATCH a tenant, add event types.
    change_server,   ///< Make and remove tenants and keys, rotate install keys.
};

/// What the action is about. An add-on belongs to a tenant; empty: not one add-on alone.
struct Subject {
    TenantId tenant = {};
    std::string_view addon = {};
};

/// The roles of api.md. A key for one add-on may do what concerns that add-on alone: lists must be narrowed to
/// it by the caller, and it can't publish, for an event reaches others as well. publish may publish only. read
/// may read everything, or its tenant if it has one; no key but admin's sees other keys.
bool may(const ApiKey& key, Action action, const Subject& subject);

/// "phk_" and 32 random bytes in base64url. Shown once, never stored.
Secret random_api_token();
/// SHA-256. Any text: what is no token is simply not found.
TokenHash hash_of_token(std::string_view token);
/// Whether the token is the key's, in constant time.
bool token_matches(const ApiKey& key, std::string_view token);

/// A key with a fresh id and the hash of `token`.
ApiKey make_api_key(Role role, TenantId tenant, std::string addon, std::string note, const Secret& token, Moment now);

/// A row of kind "api_key"; its key is the id.
model::RegistryRow to_row(const ApiKey& key);
/// Errors: corrupt, unsupported (a newer major version of the row).
Result<ApiKey> api_key_from_row(const model::RegistryRow& row);

}  // namespace posthorn::registry
