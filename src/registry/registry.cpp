#include "registry/registry.h"

#include <algorithm>

#include "io/random.h"
#include "registry/preparation.h"
#include "registry/row_id.h"
#include "registry/snapshot_builder.h"

namespace posthorn::registry {

namespace {

SnapshotPtr empty_snapshot() { return std::make_shared<const Snapshot>(std::make_unique<SnapshotParts>()); }

}  // namespace

Result<Rows> first_rows(const MasterKey& key, Moment now) {
    Rows rows;
    std::uint64_t id = 0;
    for (const auto& [product, name] :
         {std::pair(model::Product::jira, "Jira"), std::pair(model::Product::confluence, "Confluence")}) {
        Tenant tenant;
        tenant.id = TenantId{++id};
        tenant.key = model::to_string(product);
        tenant.product = product;
        tenant.client_key = io::random_uuid();
        tenant.display_name = name;
        tenant.created_at = now;
        rows.push_back(to_row(tenant));
    }
    rows.push_back(counter_row(Counter::tenant, id));
    POSTHORN_TRY(const auto install_key, make_install_key(key, now));
    rows.push_back(to_row(install_key));
    return rows;
}

Registry::Registry(const catalogue::Catalogue& catalogue, MasterKey key, CompileFilter compile_filter)
    : catalogue_(catalogue),
      key_(std::move(key)),
      compile_filter_(std::move(compile_filter)),
      snapshot_(empty_snapshot()) {}

Registry::~Registry() = default;

Result<void> Registry::load(const Rows& rows) {
    POSTHORN_TRY(auto next, with_rows(empty_snapshot(), rows));
    for (const auto& row : rows) {
        const auto id = id_of_row(row).value_or(0);
        if (row.kind == "tenant") last_tenant_ = std::max(last_tenant_, id);
        if (row.kind == "installation") last_installation_ = std::max(last_installation_, id);
        if (row.kind != "counter" || !row.value) continue;
        POSTHORN_TRY(const auto counted, counter_from_row(row));
        auto& last = counted.counter == Counter::tenant ? last_tenant_ : last_installation_;
        last = std::max(last, counted.last);
    }
    snapshot_ = std::move(next);
    return {};
}

InstallationId Registry::reserve_installation_id() { return InstallationId{++last_installation_}; }

Result<Prepared> Registry::prepare(std::vector<RegistryChange> changes) {
    const auto ticket = last_ticket_ + 1;
    Preparation preparation(*this, ticket);
    for (auto& change : changes) POSTHORN_CHECK(preparation.take(std::move(change)));
    auto rows = preparation.rows();
    // What can't become a snapshot must not become durable.
    POSTHORN_CHECK(with_rows(snapshot_, rows).map([](const SnapshotPtr&) {}));
    last_ticket_ = ticket;
    preparation.keep();
    return Prepared{.rows = {.rows = std::move(rows)}, .ticket = ticket};
}

Result<void> Registry::apply(const Prepared& prepared) {
    release(prepared.ticket);
    POSTHORN_TRY(auto next, with_rows(snapshot_, prepared.rows.rows));
    snapshot_ = std::move(next);
    const auto snapshot = snapshot_;
    for (const auto& watcher : watchers_) watcher(snapshot);
    return {};
}

void Registry::abandon(const Prepared& prepared) { release(prepared.ticket); }

void Registry::watch(Watcher watcher) { watchers_.push_back(std::move(watcher)); }

void Registry::release(std::uint64_t ticket) {
    std::erase_if(claims_, [&](const Claim& claim) { return claim.ticket == ticket; });
}

Result<SnapshotPtr> Registry::with_rows(const SnapshotPtr& before, std::span<const model::RegistryRow> rows) const {
    const BuildContext context{.catalogue = catalogue_, .key = key_, .compile_filter = compile_filter_};
    SnapshotBuilder builder(before->parts(), context);
    POSTHORN_CHECK(builder.take_rows(rows));
    return builder.finish();
}

}  // namespace posthorn::registry
