#pragma once
// The registry: holds the current snapshot and turns changes into rows and rows into the next snapshot.

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"
#include "catalogue/catalogue.h"
#include "model/record.h"
#include "registry/snapshot.h"

namespace posthorn::registry {

/// With id 0 it is a new tenant, whose id prepare fills in.
struct PutTenant {
    Tenant tenant;
};
/// The tenant with its installations, event types and keys.
struct RemoveTenant {
    TenantId tenant;
};
/// With id 0 it is a new installation, whose id prepare fills in. Its secrets are sealed under its id, so take
/// one from Registry::reserve_installation_id before sealing any.
struct PutInstallation {
    Installation installation;
};
struct RemoveInstallation {
    InstallationId installation;
};
struct PutEventType {
    TenantId tenant;
    catalogue::CustomType type;
};
struct RemoveEventType {
    TenantId tenant;
    std::string name;
};
struct PutApiKey {
    ApiKey key;
};
struct RemoveApiKey {
    std::string id;
};
/// A current one makes the one before it an old one.
struct PutInstallKey {
    InstallKey key;
};

using RegistryChange = std::variant<PutTenant, RemoveTenant, PutInstallation, RemoveInstallation, PutEventType,
                                    RemoveEventType, PutApiKey, RemoveApiKey, PutInstallKey>;

/// Rows that are to be made durable, and what they hold on to until then.
struct Prepared {
    model::RegistryChanged rows;
    std::uint64_t ticket = 0;
};

/// Rows of the kinds that the registry owns, from state::Reader::registry(); others are left alone.
using Rows = std::vector<model::RegistryRow>;

/// What a fresh store starts with: the tenants `jira` and `confluence` with random client keys, and an install
/// key. Takes some 100 ms. Errors: io.
Result<Rows> first_rows(const MasterKey& key, Moment now);

/// Lives in the net thread. Knows no journal: the engine takes the rows of prepare(), makes them durable, and
/// gives the ticket back with apply() or abandon().
class Registry {
public:
    /// `catalogue` must outlive it. `compile_filter` may be empty.
    Registry(const catalogue::Catalogue& catalogue, MasterKey key, CompileFilter compile_filter);
    ~Registry();

    /// Puts what the store has in place; called once, at start. Rows of a tenant that is gone are skipped.
    /// Errors: corrupt, unsupported; `where` names the row.
    Result<void> load(const Rows& rows);

    SnapshotPtr snapshot() const { return snapshot_; }
    const MasterKey& master_key() const { return key_; }
    const catalogue::Catalogue& catalogue() const { return catalogue_; }
    const CompileFilter& compile_filter() const { return compile_filter_; }

    /// An id that no installation has or ever had.
    InstallationId reserve_installation_id();

    /// The rows of changes that become durable together; checked against the current snapshot. Until the
    /// ticket comes back, what they touch can't be changed by another. Errors: conflict (a key, a client key or
    /// name is taken, or another change of the same thing is being written: try again), not_found (its tenant or
    /// the thing to remove is not there), corrupt (an installation that can't be compiled).
    Result<Prepared> prepare(std::vector<RegistryChange> changes);

    /// The rows are durable: makes the next snapshot and calls the watchers. Errors: corrupt (can't happen with
    /// rows of prepare; the store and memory differ, so end the process).
    Result<void> apply(const Prepared& prepared);
    /// The rows were refused.
    void abandon(const Prepared& prepared);

    /// Called after each apply, in this thread, with the new snapshot. Watchers stay for the registry's life.
    using Watcher = std::function<void(const SnapshotPtr&)>;
    void watch(Watcher watcher);

private:
    // What a change that is being written holds on to: a row, or a name that must stay unique.
    struct Claim {
        std::uint64_t ticket;
        TenantId tenant;
        std::string name;
    };
    class Preparation;
    Result<SnapshotPtr> with_rows(const SnapshotPtr& before, std::span<const model::RegistryRow> rows) const;
    void release(std::uint64_t ticket);

    const catalogue::Catalogue& catalogue_;
    MasterKey key_;
    CompileFilter compile_filter_;
    SnapshotPtr snapshot_;
    std::vector<Watcher> watchers_;
    std::vector<Claim> claims_;
    std::uint64_t last_ticket_ = 0;
    // The highest ids ever given out. A row of its own keeps each, so that no later thing gets the history of
    // one that is gone.
    std::uint64_t last_tenant_ = 0;
    std::uint64_t last_installation_ = 0;
};

}  // namespace posthorn::registry
