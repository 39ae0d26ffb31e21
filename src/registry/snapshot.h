#pragma once
// All that is known of tenants, add-ons and keys at one moment; the hot path reads it without a lock.

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/id.h"
#include "registry/api_key.h"
#include "registry/custom_types.h"
#include "registry/install_key.h"
#include "registry/installation.h"
#include "registry/tenant.h"

namespace posthorn::registry {

/// A webhook that hears an event type, with its installation.
struct Hearing {
    const Installation* installation = nullptr;
    const Webhook* webhook = nullptr;
};

struct SnapshotParts;

/// Immutable; any thread. Pointers, spans and views it hands out live as long as the snapshot: whoever keeps one
/// keeps the SnapshotPtr too. Finding something takes no lock and allocates nothing. Snapshots share what did
/// not change between them.
class Snapshot {
public:
    explicit Snapshot(std::unique_ptr<const SnapshotParts> parts);
    ~Snapshot();

    /// Null if there is none.
    const Tenant* find_tenant(TenantId id) const;
    const Tenant* find_tenant(std::string_view key) const;
    /// In the order of their ids.
    std::vector<const Tenant*> tenants() const;
    /// The tenant's own event types; an empty list for an unknown tenant.
    const TenantCustomTypes& custom_types(TenantId tenant) const;

    /// Any state, uninstalled ones too. Null if there is none.
    const Installation* find_installation(InstallationId id) const;
    const Installation* find_installation(TenantId tenant, std::string_view addon_key) const;
    /// A tenant's, any state, sorted by add-on key.
    std::vector<const Installation*> installations(TenantId tenant) const;
    std::vector<const Installation*> installations() const;

    /// The webhooks that get a delivery when an event of that type (the catalogue's name) happens: of enabled
    /// installations (paused ones too, their events are kept), neither retired nor paused by a 410. In the
    /// order of installation id and webhook number.
    std::span<const Hearing> webhooks_that_hear(TenantId tenant, std::string_view event_type) const;

    /// The key whose token this is; compared in constant time. Null if there is none.
    const ApiKey* find_api_key_by_token(std::string_view token) const;
    const ApiKey* find_api_key(std::string_view id) const;
    /// In the order in which they were made.
    std::vector<const ApiKey*> api_keys() const;

    /// Old ones too; null if there is none.
    const InstallKey* find_install_key(std::string_view kid) const;
    /// Null in a store that has none yet.
    const InstallKey* current_install_key() const;
    std::vector<const InstallKey*> install_keys() const;

    const SnapshotParts& parts() const { return *parts_; }

private:
    std::unique_ptr<const SnapshotParts> parts_;
};

using SnapshotPtr = std::shared_ptr<const Snapshot>;

}  // namespace posthorn::registry
