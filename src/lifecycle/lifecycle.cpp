#include "lifecycle/lifecycle.h"

#include <utility>

#include "lifecycle/parts.h"

namespace posthorn::lifecycle {

Lifecycle::Lifecycle(engine::Engine& engine, io::Dialer& dialer, LifecycleOptions options)
    : parts_(std::make_shared<Parts>(engine, dialer, std::move(options))) {}

Lifecycle::~Lifecycle() { parts_->tasks.cancel(); }

io::Task<Outcome<Installed>> Lifecycle::install(InstallRequest request) { return parts_->install(std::move(request)); }
io::Task<Outcome<void>> Lifecycle::enable(InstallationId id) { return parts_->enable(id); }
io::Task<Outcome<void>> Lifecycle::disable(InstallationId id) { return parts_->disable(id); }
io::Task<Outcome<void>> Lifecycle::pause(InstallationId id) { return parts_->set_paused(id, Pause::paused); }
io::Task<Outcome<void>> Lifecycle::resume(InstallationId id) { return parts_->set_paused(id, Pause::resumed); }
io::Task<Outcome<void>> Lifecycle::change_settings(InstallationId id, registry::SettingsPatch patch) {
    return parts_->change_settings(id, std::move(patch));
}
io::Task<Outcome<void>> Lifecycle::rotate_secret(InstallationId id) { return parts_->rotate_secret(id); }
io::Task<Outcome<void>> Lifecycle::uninstall(InstallationId id) { return parts_->uninstall(id); }
io::Task<void> Lifecycle::recover() { return parts_->recover(); }

bool Lifecycle::is_busy() const { return parts_->tasks.size() > 0; }

io::Task<void> Lifecycle::stop() {
    parts_->tasks.cancel();
    return parts_->tasks.wait();
}

}  // namespace posthorn::lifecycle
