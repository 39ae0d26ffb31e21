#pragma once
// What the operations share: one at a time per add-on, changes on the newest state, calls, events.

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <unordered_set>
#include <utility>

#include "io/task_group.h"
#include "lifecycle/install_call.h"
#include "lifecycle/lifecycle.h"

namespace posthorn::lifecycle {

/// The right to operate on an add-on; ends with this value.
class Turn {
public:
    using Held = std::set<std::pair<TenantId, std::string>>;

    /// Nothing if somebody has it.
    static std::optional<Turn> take(const std::shared_ptr<Held>& held, TenantId tenant, const std::string& addon_key);
    Turn(Turn&&) noexcept = default;
    Turn& operator=(Turn&&) = delete;
    ~Turn() {
        if (held_) held_->erase(key_);
    }

private:
    Turn(std::shared_ptr<Held> held, Held::value_type key) : held_(std::move(held)), key_(std::move(key)) {}
    std::shared_ptr<Held> held_;  // Null once moved from.
    Held::value_type key_;
};

enum class Pause : std::uint8_t { paused, resumed };

/// An installation under operation, as it was when the turn was taken.
struct Subject {
    Turn turn;
    registry::SnapshotPtr snapshot;  // Keeps the next one.
    const registry::Installation* installation;
};

struct Lifecycle::Parts : std::enable_shared_from_this<Lifecycle::Parts> {
    Parts(engine::Engine& engine_in, io::Dialer& dialer_in, LifecycleOptions options_in);

    using Edit = std::function<Result<void>(registry::Installation&)>;

    /// The turn for an installation that is enabled or disabled. A problem: 404, 409.
    Outcome<Subject> take(InstallationId id);
    /// Applies `edit` to the newest version and makes it durable. Errors: those of `edit`, not_found, full, io.
    io::Task<Result<void>> change(InstallationId id, Edit edit);
    io::Task<Result<void>> put(registry::RegistryChange change);
    /// connect_addon_enabled or connect_addon_disabled (`event_type` is the last word), durable and queued.
    io::Task<Result<void>> announce(InstallationId id, std::string event_type);
    /// connect_addon_enabled, now or as soon as the store takes it.
    io::Task<void> announce_enabled(InstallationId id);
    /// Queues the `enabled` calls that are owed, and settles the debt; false if they could not be queued.
    io::Task<bool> pay_enabled(InstallationId id);
    static io::Task<void> keep_announcing(std::shared_ptr<Parts> parts, InstallationId id);
    /// The event that announce makes.
    model::Event addon_event(const registry::Snapshot& snapshot, const registry::Installation& installation,
                             std::string_view event_type) const;
    void notify(const registry::Installation& installation, std::string_view what, std::string detail = {}) const;
    io::Task<InstallAnswer> call(InstallCall call);

    // install.cpp
    io::Task<Outcome<Installed>> install(InstallRequest request);

    // switches.cpp
    io::Task<Outcome<void>> enable(InstallationId id);
    io::Task<Outcome<void>> disable(InstallationId id);
    io::Task<Outcome<void>> set_paused(InstallationId id, Pause pause);
    io::Task<Outcome<void>> change_settings(InstallationId id, registry::SettingsPatch patch);

    // rotation.cpp
    io::Task<Outcome<void>> rotate_secret(InstallationId id);
    /// Repeats the call until its answer is known.
    void go_on_rotating(InstallationId id, Millis first_wait);

    // uninstall.cpp
    io::Task<Outcome<void>> uninstall(InstallationId id);

    io::Task<void> recover();

    registry::Registry& registry() const { return engine.registry(); }

    engine::Engine& engine;
    io::Dialer& dialer;
    LifecycleOptions options;
    std::shared_ptr<Turn::Held> held = std::make_shared<Turn::Held>();
    std::unordered_set<InstallationId> rotating;  // Has a task in the background.
    io::TaskGroup tasks;
};

}  // namespace posthorn::lifecycle
