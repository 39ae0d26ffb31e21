#pragma once
// Changes of the registry, checked and made into rows; the inside of Registry::prepare.

#include <string>
#include <vector>

#include "registry/counter.h"
#include "registry/registry.h"

namespace posthorn::registry {

/// Takes claims in the registry for what it changes, and gives them back unless keep() was called.
class Registry::Preparation {
public:
    Preparation(Registry& registry, std::uint64_t ticket) : registry_(registry), ticket_(ticket) {}
    Preparation(const Preparation&) = delete;
    Preparation& operator=(const Preparation&) = delete;
    ~Preparation();

    /// Errors: those of Registry::prepare.
    Result<void> take(RegistryChange change);
    std::vector<model::RegistryRow> rows() const { return rows_; }
    void keep() { is_kept_ = true; }

private:
    Result<void> put(PutTenant&& change);
    Result<void> put(RemoveTenant&& change);
    Result<void> put(PutInstallation&& change);
    Result<void> put(RemoveInstallation&& change);
    Result<void> put(PutEventType&& change);
    Result<void> put(RemoveEventType&& change);
    Result<void> put(PutApiKey&& change);
    Result<void> put(RemoveApiKey&& change);
    Result<void> put(PutInstallKey&& change);

    Result<void> need_tenant(TenantId tenant) const;
    /// `name` is free, or this preparation's own.
    Result<void> claim(TenantId tenant, std::string name);
    /// Claims the row and adds it.
    Result<void> add(TenantId tenant, model::RegistryRow row);
    Result<void> remove(TenantId tenant, std::string kind, std::string key);

    Registry& registry_;
    std::uint64_t ticket_;
    std::vector<model::RegistryRow> rows_;
    bool is_kept_ = false;
};

}  // namespace posthorn::registry
