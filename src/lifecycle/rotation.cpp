// A new shared secret for an add-on that is installed: until the add-on's answer is known, its deliveries wait.
#include <algorithm>
#include <utility>

#include "lifecycle/parts.h"
#include "lifecycle/problems.h"
#include "registry/secret.h"

namespace posthorn::lifecycle {

namespace {

using registry::Installation;

http::Problem nothing_to_rotate(const Installation& installation) {
    return {422, "no-shared-secret", "The add-on has no shared secret",
            "The add-on \"" + installation.addon_key +
                "\" has no lifecycle.installed or authentication \"none\", so it has no secret that could be rotated."};
}

bool can_take_secret(const Installation& installation) {
    return installation.authentication == registry::Authentication::jwt && installation.lifecycle_urls.installed;
}

/// What the call says to the rotation.
enum class Answer : std::uint8_t { taken, refused, unknown };

/// Whether an earlier call carried the same secret, and perhaps handed it over.
enum class Carried : std::uint8_t { never, before };

Answer read(const CallResult& result, Carried carried) {
    switch (result.reception()) {
        case Reception::taken: return Answer::taken;
        case Reception::refused: return Answer::refused;
        case Reception::refused_for_now:
        case Reception::not_sent:
            // That says nothing of what an earlier call, whose answer got lost, has brought about.
            return carried == Carried::never ? Answer::refused : Answer::unknown;
        case Reception::unknown: break;
    }
    return Answer::unknown;
}

/// One call, under the add-on's turn, with the pending secret that is durable already; and what follows from its answer.
/// The problem is what a caller is told when the secret was not taken.
struct RotationStep {
    Answer answer = Answer::unknown;
    http::Problem problem = {};
};

io::Task<RotationStep> rotate_once(Lifecycle::Parts& parts, InstallationId id, Carried carried) {
    RotationStep step;
    const auto snapshot = parts.registry().snapshot();
    const auto* installation = snapshot->find_installation(id);
    const auto& key = parts.registry().master_key();
    InstallCall call;
    call.installation = *installation;
    call.snapshot = snapshot;
    auto current = registry::current_secret(*installation, key);
    auto pending = registry::pending_secret(*installation, key);
    if (!current || !pending) {
        step.problem = problem_of(current ? pending.error() : current.error());
        co_return step;
    }
    call.carried = *pending;
    call.current = *std::move(current);
    if (carried == Carried::before) call.unanswered = *pending;
    const auto answer = co_await parts.call(std::move(call));
    step.answer = read(answer.result, carried);

    Lifecycle::Parts::Edit edit;
    if (step.answer == Answer::taken) {
        edit = [&key, signing = answer.signing](Installation& changed) -> Result<void> {
            changed.signing_that_worked = signing;
            return registry::confirm_pending_secret(changed, key);
        };
    } else if (step.answer == Answer::refused) {
        step.problem = install_callback_failed(answer.url, answer.result, "The secret stays as it was.");
        edit = [](Installation& changed) -> Result<void> {
            changed.sealed_pending_secret.clear();
            changed.is_rotating = false;
            return {};
        };
    } else {
        step.problem = install_callback_failed(
            answer.url, answer.result,
            "Nobody knows whether the add-on took the new secret: its deliveries wait, and the call is repeated until "
            "its answer is known.");
        co_return step;
    }
    const auto written = co_await parts.change(id, std::move(edit));
    if (!written) {
        // The call is repeated with the same secret, so nothing is lost.
        step.answer = Answer::unknown;
        step.problem = problem_of(written.error());
        co_return step;
    }
    if (step.answer == Answer::taken) parts.notify(*installation, "secret_rotated");
    else parts.notify(*installation, "secret_kept", step.problem.detail);
    co_return step;
}

io::Task<void> keep_rotating(std::shared_ptr<Lifecycle::Parts> parts, InstallationId id, Millis wait) {
    for (;;) {
        co_await parts->engine.wheel().sleep(wait);
        wait = std::clamp(wait * 2, parts->options.repeat_first, parts->options.repeat_max);
        const auto subject = parts->take(id);
        if (!subject && subject.error().status == 409) continue;
        if (!subject || !subject->installation->is_rotating || !can_take_secret(*subject->installation)) break;
        const auto step = co_await rotate_once(*parts, id, Carried::before);
        if (step.answer != Answer::unknown) break;
    }
    parts->rotating.erase(id);
}

}  // namespace

void Lifecycle::Parts::go_on_rotating(InstallationId id, Millis first_wait) {
    if (rotating.insert(id).second) tasks.spawn(keep_rotating(shared_from_this(), id, first_wait));
}

io::Task<Outcome<void>> Lifecycle::Parts::rotate_secret(InstallationId id) {
    const auto subject = take(id);
    if (!subject) co_return tl::unexpected(subject.error());
    const auto& installation = *subject->installation;
    if (!can_take_secret(installation)) co_return tl::unexpected(nothing_to_rotate(installation));

    const auto carried = installation.sealed_pending_secret.empty() ? Carried::never : Carried::before;
    Edit edit = [this, carried](Installation& changed) -> Result<void> {
        if (carried == Carried::never)
            registry::put_pending_secret(changed, registry::random_shared_secret(), registry().master_key());
        changed.is_rotating = true;
        return {};
    };
    // Held before the call, so that no delivery is signed with a secret that the add-on has just replaced.
    const auto written = co_await change(id, std::move(edit));
    if (!written) co_return tl::unexpected(problem_of(written.error()));
    auto step = co_await rotate_once(*this, id, carried);
    if (step.answer == Answer::taken) co_return Outcome<void>();
    if (step.answer == Answer::unknown) go_on_rotating(id, options.repeat_first);
    co_return tl::unexpected(std::move(step.problem));
}

}  // namespace posthorn::lifecycle
