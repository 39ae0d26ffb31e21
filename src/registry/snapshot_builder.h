#pragma once
// The next snapshot from the one before and the rows that changed.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "registry/snapshot_parts.h"

namespace posthorn::registry {

struct BuildContext {
    const catalogue::Catalogue& catalogue;
    const MasterKey& key;
    const CompileFilter& compile_filter;
};

/// Used once: take_rows(), then finish(). Its work grows with what changed and, far less, with the number of
/// tenants; never with the number of webhooks elsewhere.
class SnapshotBuilder {
public:
    /// `before` must live until finish() has returned: what it shares with the next snapshot is never changed.
    SnapshotBuilder(const SnapshotParts& before, BuildContext context);

    /// Errors: corrupt, unsupported.
    Result<void> take_rows(std::span<const model::RegistryRow> rows);

    /// What belongs to a tenant that is not there is left out. Errors: corrupt.
    Result<SnapshotPtr> finish();

private:
    // What changes within one tenant.
    struct Draft {
        std::optional<Tenant> tenant;  // None: gone, or never there.
        TenantCustomTypes custom_types;
        bool knows_other_variables = false;  // All URL templates are compiled anew.
        // By id; null: gone.
        std::map<std::uint64_t, std::shared_ptr<Installation>> installations;
    };

    Draft& draft_of(TenantId tenant);
    Result<void> take_tenant(const model::RegistryRow& row);
    Result<void> take_custom_type(const model::RegistryRow& row);
    Result<void> take_installation(const model::RegistryRow& row);
    Result<void> take_api_key(const model::RegistryRow& row);
    Result<void> take_install_key(const model::RegistryRow& row);
    void sort_keys();
    Result<void> finish_tenant(TenantId id, Draft& draft);
    void remove_tenant(TenantId id);
    void put_installations(const TenantPart* before, const Draft& draft, TenantPart& part);
    void put_hearings(const TenantPart* before, const Draft& draft, TenantPart& part);

    BuildContext context_;
    std::unique_ptr<SnapshotParts> parts_;
    std::map<std::uint64_t, Draft> drafts_;
    std::vector<std::shared_ptr<const TenantPart>> new_tenants_;
};

}  // namespace posthorn::registry
