#include "registry/preparation.h"

#include <algorithm>
#include <variant>

#include <fmt/format.h>

namespace posthorn::registry {

namespace {

// A claim on all that a tenant has.
constexpr std::string_view kWholeTenant = "*";

}  // namespace

Registry::Preparation::~Preparation() {
    if (!is_kept_) registry_.release(ticket_);
}

Result<void> Registry::Preparation::take(RegistryChange change) {
    return std::visit([this](auto& alternative) { return put(std::move(alternative)); }, change);
}

Result<void> Registry::Preparation::need_tenant(TenantId tenant) const {
    if (registry_.snapshot_->find_tenant(tenant) != nullptr) return {};
    return fail(Errc::not_found, fmt::format("there is no tenant with the id {}", tenant.value));
}

Result<void> Registry::Preparation::claim(TenantId tenant, std::string name) {
    const auto clashes = [&](const Claim& other) {
        if (other.ticket == ticket_) return false;
        const bool is_whole = name == kWholeTenant || other.name == kWholeTenant;
        return is_whole ? tenant && other.tenant == tenant : other.name == name;
    };
    if (std::ranges::any_of(registry_.claims_, clashes))
        return fail(Errc::conflict, "another change of the same thing is just being written; try again", name);
    registry_.claims_.push_back({.ticket = ticket_, .tenant = tenant, .name = std::move(name)});
    return {};
}

Result<void> Registry::Preparation::add(TenantId tenant, model::RegistryRow row) {
    POSTHORN_CHECK(claim(tenant, row.kind + "/" + row.key));
    std::erase_if(rows_, [&](const auto& other) { return other.kind == row.kind && other.key == row.key; });
    rows_.push_back(std::move(row));
    return {};
}

Result<void> Registry::Preparation::remove(TenantId tenant, std::string kind, std::string key) {
    return add(tenant, {.kind = std::move(kind), .key = std::move(key), .value = std::nullopt});
}

Result<void> Registry::Preparation::put(PutTenant&& change) {
    auto& tenant = change.tenant;
    const auto* same_key = registry_.snapshot_->find_tenant(tenant.key);
    if (same_key != nullptr && same_key->id != tenant.id)
        return fail(Errc::conflict, fmt::format("there is a tenant \"{}\" already", tenant.key));
    for (const auto* other : registry_.snapshot_->tenants())
        if (other->client_key == tenant.client_key && other->id != tenant.id)
            return fail(Errc::conflict,
                        fmt::format("the tenant \"{}\" has this clientKey already; add-ons tell tenants apart by it",
                                    other->key));
    POSTHORN_CHECK(claim({}, "tenant-key/" + tenant.key));
    POSTHORN_CHECK(claim({}, "client-key/" + tenant.client_key));
    if (!tenant.id) {
        tenant.id = TenantId{++registry_.last_tenant_};
        rows_.push_back(counter_row(Counter::tenant, registry_.last_tenant_));
    } else {
        POSTHORN_CHECK(need_tenant(tenant.id));
    }
    return add(tenant.id, to_row(tenant));
}

Result<void> Registry::Preparation::put(RemoveTenant&& change) {
    POSTHORN_CHECK(need_tenant(change.tenant));
    POSTHORN_CHECK(claim(change.tenant, std::string(kWholeTenant)));
    const auto& snapshot = *registry_.snapshot_;
    for (const auto* installation : snapshot.installations(change.tenant))
        POSTHORN_CHECK(remove(change.tenant, "installation", std::to_string(installation->id.value)));
    for (const auto name : snapshot.custom_types(change.tenant).names())
        POSTHORN_CHECK(remove(change.tenant, "event_type", fmt::format("{}/{}", change.tenant.value, name)));
    for (const auto* key : snapshot.api_keys())
        if (key->tenant == change.tenant) POSTHORN_CHECK(remove(change.tenant, "api_key", key->id));
    return remove(change.tenant, "tenant", std::to_string(change.tenant.value));
}

Result<void> Registry::Preparation::put(PutInstallation&& change) {
    auto& installation = change.installation;
    POSTHORN_CHECK(need_tenant(installation.tenant));
    const auto* same_key = registry_.snapshot_->find_installation(installation.tenant, installation.addon_key);
    if (same_key != nullptr && same_key->id != installation.id)
        return fail(Errc::conflict, fmt::format("the add-on \"{}\" is on this tenant already", installation.addon_key));
    const auto* before = registry_.snapshot_->find_installation(installation.id);
    if (before != nullptr && before->tenant != installation.tenant)
        return fail(Errc::conflict, "an installation can't move to another tenant");
    POSTHORN_CHECK(
        claim(installation.tenant, fmt::format("add-on/{}/{}", installation.tenant.value, installation.addon_key)));
    if (!installation.id) installation.id = registry_.reserve_installation_id();
    // Ids that were reserved and not used are gone as well, until the next start.
    registry_.last_installation_ = std::max(registry_.last_installation_, installation.id.value);
    if (before == nullptr) rows_.push_back(counter_row(Counter::installation, registry_.last_installation_));
    return add(installation.tenant, to_row(installation, registry_.key_));
}

Result<void> Registry::Preparation::put(RemoveInstallation&& change) {
    const auto* before = registry_.snapshot_->find_installation(change.installation);
    if (before == nullptr)
        return fail(Errc::not_found, fmt::format("there is no installation {}", change.installation.value));
    return remove(before->tenant, "installation", std::to_string(change.installation.value));
}

Result<void> Registry::Preparation::put(PutEventType&& change) {
    POSTHORN_CHECK(need_tenant(change.tenant));
    return add(change.tenant, to_row(change.tenant, change.type));
}

Result<void> Registry::Preparation::put(RemoveEventType&& change) {
    if (registry_.snapshot_->custom_types(change.tenant).find(change.name) == nullptr)
        return fail(Errc::not_found, fmt::format("the tenant has no event type \"{}\" of its own", change.name));
    return remove(change.tenant, "event_type", fmt::format("{}/{}", change.tenant.value, change.name));
}

Result<void> Registry::Preparation::put(PutApiKey&& change) {
    if (change.key.tenant) POSTHORN_CHECK(need_tenant(change.key.tenant));
    return add(change.key.tenant, to_row(change.key));
}

Result<void> Registry::Preparation::put(RemoveApiKey&& change) {
    const auto* before = registry_.snapshot_->find_api_key(change.id);
    if (before == nullptr) return fail(Errc::not_found, fmt::format("there is no API key {}", change.id));
    return remove(before->tenant, "api_key", change.id);
}

Result<void> Registry::Preparation::put(PutInstallKey&& change) {
    if (change.key.is_current) {
        // Two new current keys at once would leave two current ones.
        POSTHORN_CHECK(claim({}, "current-install-key"));
        for (const auto* key : registry_.snapshot_->install_keys()) {
            if (!key->is_current || key->kid == change.key.kid) continue;
            auto old = *key;
            old.is_current = false;
            POSTHORN_CHECK(add({}, to_row(old)));
        }
    }
    return add({}, to_row(change.key));
}

}  // namespace posthorn::registry
