#include "registry/snapshot.h"

#include <algorithm>
#include <tuple>

#include "registry/snapshot_parts.h"

namespace posthorn::registry {

namespace {

// The value of the sorted list whose projection equals `wanted`, or null.
template <class T, class Key, class Projection>
const T* find_sorted(const std::vector<std::shared_ptr<const T>>& list, const Key& wanted, Projection projection) {
    const auto found = std::ranges::lower_bound(list, wanted, {}, projection);
    return found != list.end() && projection(*found) == wanted ? found->get() : nullptr;
}

template <class T>
std::vector<const T*> pointers_to(const std::vector<std::shared_ptr<const T>>& list) {
    std::vector<const T*> pointers;
    pointers.reserve(list.size());
    for (const auto& value : list) pointers.push_back(value.get());
    return pointers;
}

}  // namespace

Snapshot::Snapshot(std::unique_ptr<const SnapshotParts> parts) : parts_(std::move(parts)) {}
Snapshot::~Snapshot() = default;

const Tenant* Snapshot::find_tenant(TenantId id) const {
    const auto& part = parts_->tenants.find(id.value);
    return part ? &part->tenant : nullptr;
}

const Tenant* Snapshot::find_tenant(std::string_view key) const {
    const auto* part = find_sorted(parts_->tenants_by_key, key, key_of);
    return part != nullptr ? &part->tenant : nullptr;
}

std::vector<const Tenant*> Snapshot::tenants() const {
    std::vector<const Tenant*> tenants;
    tenants.reserve(parts_->tenants_by_key.size());
    parts_->tenants.for_each([&](const auto& part) { tenants.push_back(&part->tenant); });
    return tenants;
}

const TenantCustomTypes& Snapshot::custom_types(TenantId tenant) const {
    static const TenantCustomTypes kNone;
    const auto& part = parts_->tenants.find(tenant.value);
    return part ? part->custom_types : kNone;
}

const Installation* Snapshot::find_installation(InstallationId id) const {
    return parts_->installations.find(id.value).get();
}

const Installation* Snapshot::find_installation(TenantId tenant, std::string_view addon_key) const {
    const auto& part = parts_->tenants.find(tenant.value);
    return part ? find_sorted(part->installations, addon_key, addon_key_of) : nullptr;
}

std::vector<const Installation*> Snapshot::installations(TenantId tenant) const {
    const auto& part = parts_->tenants.find(tenant.value);
    return part ? pointers_to(part->installations) : std::vector<const Installation*>();
}

std::vector<const Installation*> Snapshot::installations() const {
    std::vector<const Installation*> all;
    parts_->installations.for_each([&](const auto& installation) { all.push_back(installation.get()); });
    return all;
}

std::span<const Hearing> Snapshot::webhooks_that_hear(TenantId tenant, std::string_view event_type) const {
    const auto& part = parts_->tenants.find(tenant.value);
    if (!part) return {};
    const auto* found = find_sorted(part->hearings, event_type, event_of);
    return found != nullptr ? std::span<const Hearing>(found->hearings) : std::span<const Hearing>();
}

const ApiKey* Snapshot::find_api_key_by_token(std::string_view token) const {
    // The search's time tells of the hash alone, from which no token can be guessed; the last word has the
    // comparison in constant time.
    const auto* key = find_sorted(parts_->api_keys, hash_of_token(token), hash_of);
    return key != nullptr && token_matches(*key, token) ? key : nullptr;
}

const ApiKey* Snapshot::find_api_key(std::string_view id) const {
    const auto found = std::ranges::find_if(parts_->api_keys, [&](const auto& key) { return key->id == id; });
    return found != parts_->api_keys.end() ? found->get() : nullptr;
}

std::vector<const ApiKey*> Snapshot::api_keys() const {
    auto keys = pointers_to(parts_->api_keys);
    std::ranges::sort(keys, [](const ApiKey* one, const ApiKey* other) {
        return std::tie(one->created_at, one->id) < std::tie(other->created_at, other->id);
    });
    return keys;
}

const InstallKey* Snapshot::find_install_key(std::string_view kid) const {
    const auto found = std::ranges::find_if(parts_->install_keys, [&](const auto& key) { return key->kid == kid; });
    return found != parts_->install_keys.end() ? found->get() : nullptr;
}

const InstallKey* Snapshot::current_install_key() const {
    const auto found = std::ranges::find_if(parts_->install_keys, [](const auto& key) { return key->is_current; });
    return found != parts_->install_keys.end() ? found->get() : nullptr;
}

std::vector<const InstallKey*> Snapshot::install_keys() const { return pointers_to(parts_->install_keys); }

}  // namespace posthorn::registry
