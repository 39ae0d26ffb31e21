#pragma once
// What a Snapshot consists of. Only snapshot.cpp and snapshot_builder.cpp look inside.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "registry/api_key.h"
#include "registry/custom_types.h"
#include "registry/id_index.h"
#include "registry/install_key.h"
#include "registry/installation.h"
#include "registry/snapshot.h"
#include "registry/tenant.h"

namespace posthorn::registry {

/// The webhooks that hear one event type, by installation id and webhook number.
struct EventHearings {
    std::string event;
    std::vector<Hearing> hearings;
};

/// A tenant with all that is its own; immutable, shared by the snapshots between two changes of it.
struct TenantPart {
    Tenant tenant;
    TenantCustomTypes custom_types;
    std::vector<std::shared_ptr<const Installation>> installations;    ///< By add-on key.
    std::vector<std::shared_ptr<const EventHearings>> hearings;        ///< By event.
};

struct SnapshotParts {
    IdIndex<TenantPart> tenants;
    std::vector<std::shared_ptr<const TenantPart>> tenants_by_key;
    IdIndex<Installation> installations;
    std::vector<std::shared_ptr<const ApiKey>> api_keys;          ///< By hash.
    std::vector<std::shared_ptr<const InstallKey>> install_keys;  ///< Oldest first.
};

inline std::string_view key_of(const std::shared_ptr<const TenantPart>& part) { return part->tenant.key; }
inline std::string_view addon_key_of(const std::shared_ptr<const Installation>& i) { return i->addon_key; }
inline std::string_view event_of(const std::shared_ptr<const EventHearings>& hearings) { return hearings->event; }
inline const TokenHash& hash_of(const std::shared_ptr<const ApiKey>& key) { return key->hash; }

}  // namespace posthorn::registry
