// Enable, disable, pause, resume, settings: what needs no answer of the add-on.
#include <algorithm>
#include <utility>

#include "lifecycle/parts.h"
#include "lifecycle/problems.h"

namespace posthorn::lifecycle {

using State = registry::InstallationState;

io::Task<Outcome<void>> Lifecycle::Parts::enable(InstallationId id) {
    const auto subject = take(id);
    if (!subject) co_return tl::unexpected(subject.error());
    if (subject->installation->state == State::enabled) co_return Outcome<void>();
    Edit edit = [](registry::Installation& changed) -> Result<void> {
        changed.state = State::enabled;
        changed.owes_enabled = true;
        return {};
    };
    const auto written = co_await change(id, std::move(edit));
    if (!written) co_return tl::unexpected(problem_of(written.error()));
    co_await announce_enabled(id);
    notify(*subject->installation, "enabled");
    co_return Outcome<void>();
}

io::Task<Outcome<void>> Lifecycle::Parts::disable(InstallationId id) {
    const auto subject = take(id);
    if (!subject) co_return tl::unexpected(subject.error());
    if (subject->installation->state == State::disabled) co_return Outcome<void>();
    // Queued while the add-on's webhooks still hear.
    const auto announced = co_await announce(id, "disabled");
    if (!announced) co_return tl::unexpected(problem_of(announced.error()));
    Edit edit = [](registry::Installation& changed) -> Result<void> {
        changed.state = State::disabled;
        changed.owes_enabled = false;
        return {};
    };
    const auto written = co_await change(id, std::move(edit));
    if (!written) co_return tl::unexpected(problem_of(written.error()));
    notify(*subject->installation, "disabled");
    co_return Outcome<void>();
}

io::Task<Outcome<void>> Lifecycle::Parts::set_paused(InstallationId id, Pause pause) {
    const auto subject = take(id);
    if (!subject) co_return tl::unexpected(subject.error());
    const bool is_paused = pause == Pause::paused;
    const auto& before = *subject->installation;
    const bool has_paused_webhook = std::ranges::any_of(before.webhooks, &registry::Webhook::is_paused);
    if (before.is_paused == is_paused && (is_paused || !has_paused_webhook)) co_return Outcome<void>();
    Edit edit = [is_paused](registry::Installation& changed) -> Result<void> {
        if (is_paused) {
            changed.pause({}, wall_now());
            return {};
        }
        changed.resume(wall_now());
        for (auto& webhook : changed.webhooks) {
            webhook.paused_because.clear();
            webhook.paused_at.reset();
        }
        return {};
    };
    const auto written = co_await change(id, std::move(edit));
    if (!written) co_return tl::unexpected(problem_of(written.error()));
    notify(*subject->installation, is_paused ? "paused" : "resumed");
    co_return Outcome<void>();
}

io::Task<Outcome<void>> Lifecycle::Parts::change_settings(InstallationId id, registry::SettingsPatch patch) {
    const auto subject = take(id);
    if (!subject) co_return tl::unexpected(subject.error());
    Edit edit = [&patch](registry::Installation& changed) -> Result<void> {
        patch.apply_to(changed.settings);
        return {};
    };
    const auto written = co_await change(id, std::move(edit));
    if (!written) co_return tl::unexpected(problem_of(written.error()));
    notify(*subject->installation, "changed");
    co_return Outcome<void>();
}

}  // namespace posthorn::lifecycle
