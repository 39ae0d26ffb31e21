// Uninstall: the farewell calls, then nothing more.
#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "engine/attempt_request.h"
#include "io/random.h"
#include "lifecycle/parts.h"
#include "lifecycle/problems.h"
#include "match/matcher.h"

namespace posthorn::lifecycle {

namespace {

using registry::Installation;
using State = registry::InstallationState;
using SteadyTime = std::chrono::steady_clock::time_point;

// How long an uninstall waits for attempts that were under way; none starts any more.
constexpr Millis kQuiesceShort{2'000};
constexpr Millis kQuiesceLong{std::chrono::minutes(11)};  // More than an attempt's longest limits together.
constexpr std::size_t kFarewellsMax = 20;

Millis left_until(SteadyTime deadline) {
    return std::chrono::duration_cast<Millis>(deadline - std::chrono::steady_clock::now());
}

/// The requests of the `disabled` calls, one for the lifecycle URL and each webhook that hears it. They are no
/// deliveries: each is tried once, and nothing of them is kept.
std::vector<engine::AttemptRequest> disabled_requests(const Lifecycle::Parts& parts, const registry::Snapshot& snapshot,
                                                      const Installation& installation) {
    auto event = parts.addon_event(snapshot, installation, "disabled");
    event.accepted_at = wall_now();
    event.timestamp_ms = epoch_ms(event.accepted_at);
    auto targets = match::match_installation(snapshot, installation, event.type);
    if (installation.lifecycle_urls.disabled)
        targets.insert(targets.begin(), {installation.id, model::kLifecycleWebhook});

    engine::Start start;
    start.due.event = std::make_shared<const model::Event>(std::move(event));
    std::vector<engine::AttemptRequest> requests;
    const auto plan =
        std::make_shared<const engine::CallPlan>(engine::call_plan(installation, snapshot, parts.engine.defaults()));
    for (const auto& target : targets) {
        // No delivery, but its identifier has to differ from all others.
        start.due.delivery.id = DeliveryId{io::random_number() >> 1U};
        start.due.delivery.installation = installation.id;
        start.due.delivery.webhook = target.webhook;
        auto made = parts.engine.request_maker().make(start, snapshot, plan);
        if (made && !made->is_unsafe) requests.push_back(*std::move(made));
    }
    return requests;
}

/// What some tasks work off together, each taking the next one.
struct Farewells {
    std::vector<engine::AttemptRequest> requests;
    std::size_t next = 0;
    SteadyTime deadline;
};

io::Task<void> send_farewells(io::Dialer& dialer, std::shared_ptr<Farewells> farewells) {
    while (farewells->next < farewells->requests.size()) {
        const auto left = left_until(farewells->deadline);
        if (left <= Millis(0)) co_return;
        auto request = std::move(farewells->requests[farewells->next++]);
        const auto& to = request.plan->destination;
        const auto limit = std::min(left, to.answer_timeout);
        const http::AnswerLimits limits;
        co_await call(dialer, to.dial, std::move(request.request.bytes), limit, limits);
    }
}

io::Task<void> send_disabled(Lifecycle::Parts& parts, registry::SnapshotPtr snapshot, InstallationId id) {
    auto farewells = std::make_shared<Farewells>();
    farewells->deadline = std::chrono::steady_clock::now() + parts.options.disabled_timeout;
    farewells->requests = disabled_requests(parts, *snapshot, *snapshot->find_installation(id));
    io::TaskGroup senders(parts.engine.net());
    const auto count = std::min(farewells->requests.size(), kFarewellsMax);
    for (std::size_t i = 0; i < count; ++i) senders.spawn(send_farewells(parts.dialer, farewells));
    co_await senders.wait();
}

io::Task<void> send_uninstalled(Lifecycle::Parts& parts, registry::SnapshotPtr snapshot, InstallationId id) {
    const auto& installation = *snapshot->find_installation(id);
    const auto& key = parts.registry().master_key();
    InstallCall uninstalled;
    uninstalled.installation = installation;
    uninstalled.snapshot = snapshot;
    uninstalled.event_type = "uninstalled";
    if (auto current = registry::current_secret(installation, key)) uninstalled.current = *std::move(current);
    if (auto pending = registry::pending_secret(installation, key)) uninstalled.unanswered = *std::move(pending);
    const auto answer = co_await parts.call(std::move(uninstalled));
    if (answer.result.is_taken()) co_return;
    const auto problem = install_callback_failed(answer.url, answer.result, "The add-on is uninstalled all the same.");
    parts.notify(installation, "uninstall_call_failed", problem.detail);
}

/// An attempt that outlasted the uninstall may have ended as one to be tried again.
io::Task<void> cancel_late(std::shared_ptr<Lifecycle::Parts> parts, InstallationId id) {
    co_await parts->engine.quiesce(id, kQuiesceLong);
    const auto snapshot = parts->registry().snapshot();
    const auto* installation = snapshot->find_installation(id);
    if (installation == nullptr || installation->state != State::uninstalled) co_return;
    static_cast<void>(co_await parts->engine.cancel_all(id));
}

}  // namespace

io::Task<Outcome<void>> Lifecycle::Parts::uninstall(InstallationId id) {
    const auto subject = take(id);
    if (!subject) co_return tl::unexpected(subject.error());
    const auto& installation = *subject->installation;
    if (installation.is_enabled()) co_await send_disabled(*this, subject->snapshot, id);
    if (installation.lifecycle_urls.uninstalled) co_await send_uninstalled(*this, subject->snapshot, id);

    Edit edit = [](Installation& changed) -> Result<void> {
        changed.state = State::uninstalled;
        changed.is_rotating = false;
        return {};
    };
    // From here on the engine starts nothing for it, and what was about to be sent is withdrawn.
    const auto written = co_await change(id, std::move(edit));
    if (!written) co_return tl::unexpected(problem_of(written.error()));
    co_await engine.quiesce(id, kQuiesceShort);
    const auto cancelled = co_await engine.cancel_all(id);
    if (!cancelled)
        // The next start cancels what waits for an add-on that is gone; nothing of it is sent before.
        notify(installation, "cancel_failed", to_string(cancelled.error()));
    if (engine.scheduler().attempts_under_way(id) > 0) tasks.spawn(cancel_late(shared_from_this(), id));
    notify(installation, "uninstalled");
    co_return Outcome<void>();
}

}  // namespace posthorn::lifecycle
