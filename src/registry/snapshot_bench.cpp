// What one change costs in a large registry, and what the hot path's look-up costs.
#include <cstdlib>
#include <string>

#include <benchmark/benchmark.h>

#include "registry/registry.h"

namespace posthorn::registry {
namespace {

constexpr std::uint64_t kTenants = 1'000;
constexpr int kWebhooksPerTenant = 100;

const catalogue::Catalogue& shared_catalogue() {
    static const catalogue::Catalogue kCatalogue;
    return kCatalogue;
}

Rows large_registry(const MasterKey& key) {
    Rows rows;
    for (std::uint64_t id = 1; id <= kTenants; ++id) {
        Tenant tenant;
        tenant.id = TenantId{id};
        tenant.key = "tenant-" + std::to_string(id);
        tenant.client_key = tenant.key;
        rows.push_back(to_row(tenant));
        Descriptor descriptor;
        descriptor.key = "addon";
        descriptor.base_url = "https://addon.example";
        for (int n = 0; n < kWebhooksPerTenant; ++n)
            descriptor.webhooks.push_back({.event = n % 2 == 0 ? "jira:issue_created" : "jira:issue_updated",
                                           .url = "/hook/" + std::to_string(n) + "?key=${issue.key}"});
        Installation installation;
        installation.id = InstallationId{id};
        installation.tenant = tenant.id;
        installation.state = InstallationState::enabled;
        take_descriptor(installation, descriptor, {});
        put_pending_secret(installation, random_shared_secret(), key);
        (void)confirm_pending_secret(installation, key);
        rows.push_back(to_row(installation, key));
    }
    return rows;
}

Registry& shared_registry() {
    static const auto key = *MasterKey::from_bytes(std::string(32, 'k'));
    static Registry registry(shared_catalogue(), key, {});
    static const bool is_loaded = registry.load(large_registry(key)).has_value();
    if (!is_loaded) std::abort();
    return registry;
}

void one_change(benchmark::State& state) {
    auto& registry = shared_registry();
    for (auto _ : state) {
        auto copy = *registry.snapshot()->find_installation(InstallationId{500});
        copy.is_paused = !copy.is_paused;
        const auto prepared = registry.prepare({PutInstallation{std::move(copy)}});
        if (!prepared || !registry.apply(*prepared)) state.SkipWithError("refused");
    }
}
BENCHMARK(one_change)->Unit(benchmark::kMicrosecond);

void look_up(benchmark::State& state) {
    const auto snapshot = shared_registry().snapshot();
    std::uint64_t tenant = 0;
    for (auto _ : state) {
        tenant = tenant % kTenants + 1;
        benchmark::DoNotOptimize(snapshot->webhooks_that_hear(TenantId{tenant}, "jira:issue_updated"));
    }
}
BENCHMARK(look_up);

}  // namespace
}  // namespace posthorn::registry
