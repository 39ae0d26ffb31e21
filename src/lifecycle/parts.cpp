#include "lifecycle/parts.h"

#include <algorithm>

#include "base/assert.h"
#include "lifecycle/lifecycle_body.h"
#include "lifecycle/problems.h"

namespace posthorn::lifecycle {

namespace {

// For a moment the engine itself may be writing the same installation (a webhook that it pauses).
constexpr int kChangeTriesMax = 40;
constexpr Millis kChangeWait{50};
constexpr Millis kAnnounceFirst{1'000};
constexpr Millis kAnnounceMax{60'000};

}  // namespace

std::optional<Turn> Turn::take(const std::shared_ptr<Held>& held, TenantId tenant, const std::string& addon_key) {
    Held::value_type key{tenant, addon_key};
    if (!held->insert(key).second) return std::nullopt;
    return Turn(held, std::move(key));
}

Lifecycle::Parts::Parts(engine::Engine& engine_in, io::Dialer& dialer_in, LifecycleOptions options_in)
    : engine(engine_in), dialer(dialer_in), options(std::move(options_in)), tasks(engine_in.net()) {}

Outcome<Subject> Lifecycle::Parts::take(InstallationId id) {
    const auto snapshot = registry().snapshot();
    const auto* installation = snapshot->find_installation(id);
    if (installation == nullptr) return tl::unexpected(no_such_installation());
    auto turn = Turn::take(held, installation->tenant, installation->addon_key);
    if (!turn) return tl::unexpected(busy(installation->addon_key));
    if (installation->state != registry::InstallationState::enabled &&
        installation->state != registry::InstallationState::disabled)
        return tl::unexpected(not_installed(installation->addon_key));
    return Subject{*std::move(turn), snapshot, installation};
}

io::Task<Result<void>> Lifecycle::Parts::put(registry::RegistryChange change) {
    std::vector<registry::RegistryChange> changes;
    changes.push_back(std::move(change));
    return engine.change(std::move(changes));
}

io::Task<Result<void>> Lifecycle::Parts::change(InstallationId id, Edit edit) {
    for (int tries = 1;; ++tries) {
        const auto* newest = registry().snapshot()->find_installation(id);
        if (newest == nullptr) co_return fail(Errc::not_found, "the add-on was removed meanwhile");
        auto changed = *newest;
        POSTHORN_CO_CHECK(edit(changed));
        registry::PutInstallation entry{std::move(changed)};
        // Nothing is awaited between the copy and the registry's claim on it, so no other change gets lost.
        auto written = co_await put(std::move(entry));
        if (written || written.error().code != Errc::conflict || tries == kChangeTriesMax) co_return written;
        co_await engine.wheel().sleep(kChangeWait);
    }
}

model::Event Lifecycle::Parts::addon_event(const registry::Snapshot& snapshot,
                                           const registry::Installation& installation,
                                           std::string_view event_type) const {
    const auto* tenant = snapshot.find_tenant(installation.tenant);
    POSTHORN_ASSERT(tenant != nullptr);
    model::Event event;
    event.tenant = installation.tenant;
    event.type = "connect_addon_" + std::string(event_type);
    event.user = installation.user;
    const Host host{options.public_url, snapshot.current_install_key()};
    event.payload = lifecycle_body(installation.addon_key, *tenant, host, event_type);
    // For webhooks; the lifecycle URL gets the body alone.
    event.adds_timestamp = event.adds_webhook_event = true;
    return event;
}

io::Task<Result<void>> Lifecycle::Parts::announce(InstallationId id, std::string event_type) {
    const auto snapshot = registry().snapshot();
    const auto* installation = snapshot->find_installation(id);
    if (installation == nullptr) co_return fail(Errc::not_found, "the add-on was removed meanwhile");
    auto event = addon_event(*snapshot, *installation, event_type);
    const auto receipt = co_await engine.accept_for(id, std::move(event));
    if (!receipt) co_return receipt.error();
    co_return Result<void>();
}

io::Task<void> Lifecycle::Parts::announce_enabled(InstallationId id) {
    // The add-on is enabled already, so neither a store that is full for a moment nor a crash may take the call from it.
    const bool is_done = co_await pay_enabled(id);
    if (!is_done) tasks.spawn(keep_announcing(shared_from_this(), id));
}

io::Task<bool> Lifecycle::Parts::pay_enabled(InstallationId id) {
    const auto announced = co_await announce(id, "enabled");
    if (!announced) co_return false;
    Edit edit = [](registry::Installation& changed) -> Result<void> {
        changed.owes_enabled = false;
        return {};
    };
    // Where it can't be written, the add-on is called again after the next start.
    static_cast<void>(co_await change(id, std::move(edit)));
    co_return true;
}

io::Task<void> Lifecycle::Parts::keep_announcing(std::shared_ptr<Parts> parts, InstallationId id) {
    for (auto wait = kAnnounceFirst;; wait = std::min(wait * 2, kAnnounceMax)) {
        co_await parts->engine.wheel().sleep(wait);
        const auto snapshot = parts->registry().snapshot();
        const auto* installation = snapshot->find_installation(id);
        if (installation == nullptr || !installation->is_enabled()) co_return;
        const bool is_done = co_await parts->pay_enabled(id);
        if (is_done) co_return;
    }
}

void Lifecycle::Parts::notify(const registry::Installation& installation, std::string_view what,
                              std::string detail) const {
    if (!options.on_notice) return;
    options.on_notice({installation.tenant, installation.id, installation.addon_key, what, std::move(detail)});
}

io::Task<InstallAnswer> Lifecycle::Parts::call(InstallCall call) {
    return call_addon(engine, dialer, std::move(call), options.public_url, options.call_timeout);
}

io::Task<void> Lifecycle::Parts::recover() {
    using State = registry::InstallationState;
    const auto snapshot = registry().snapshot();
    for (const auto* installation : snapshot->installations()) {
        const auto id = installation->id;
        if (installation->is_rotating && installation->state != State::uninstalled) go_on_rotating(id, Millis(0));
        if (installation->owes_enabled && installation->is_enabled()) co_await announce_enabled(id);
        if (installation->state != State::installing) continue;
        // Whoever installed it got no answer. The add-on may have taken the secret, so that stays.
        Edit edit = [](registry::Installation& changed) -> Result<void> {
            changed.state = State::uninstalled;
            return {};
        };
        // When it can't be written now, the next start or install does it.
        static_cast<void>(co_await change(id, std::move(edit)));
    }
}

}  // namespace posthorn::lifecycle
