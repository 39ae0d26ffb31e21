// From what the scheduler says to attempts, and from attempts to the journal.

#include <algorithm>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "deliver/dispatch.h"
#include "engine/engine_parts.h"
#include "outcome/health.h"
#include "outcome/judge.h"

namespace posthorn::engine {

namespace {

// Beyond this nothing starts: at most what is under way comes on top.
constexpr std::size_t kHeldOutcomesMax = 256;

/// For a delivery that is given up before anything was sent.
const model::Verdict kCancelled{model::DeliveryState::cancelled, model::DeadReason::none, {}, false};

/// Where the store can't write it, the next 410 asks anew.
std::function<bool(registry::Installation&)> pause_of(WebhookNumber number) {
    return [number](registry::Installation& installation) {
        auto* webhook = installation.find_webhook(number);
        if (webhook == nullptr || webhook->is_paused()) return false;
        webhook->paused_because = "The receiver answered 410 Gone.";
        webhook->paused_at = wall_now();
        return true;
    };
}

}  // namespace

void Engine::step(Input input) {
    scheduler_.step(std::move(input), wall_now(), commands_);
    // What a whole group or batch leads to is begun once, after its answers have gone out.
    if (!store_.is_in_group() && !dispatch_.is_in_batch()) finish_step();
}

void Engine::finish_step() {
    for (auto& start : commands_.start) starts_.push_back(std::move(start));
    for (const auto& entry : commands_.load) io::asio::co_spawn(net_.get_executor(), load(entry), io::asio::detached);
    if (!commands_.orphaned.deliveries.empty())
        io::asio::co_spawn(net_.get_executor(), cancel_now(std::move(commands_.orphaned.deliveries), {}),
                           io::asio::detached);
    finish_receivers();
    commands_.clear();
    start_waiting();
    if (!waiting_room_.is_empty()) admit_waiting();
    set_wake();
}

void Engine::finish_receivers() {
    // Taken out first: whoever is told may begin something.
    for (auto& expired : std::exchange(commands_.expired, {}))
        io::asio::co_spawn(net_.get_executor(), expire(std::move(expired)), io::asio::detached);
    for (const auto& changed : std::exchange(commands_.receivers_changed, {})) on_receiver(changed);
    for (const auto& given_up : std::exchange(commands_.give_up, {})) give_up(given_up);
}

void Engine::start_waiting() {
    // An attempt that ends at once comes here again, from within resume().
    if (std::exchange(is_starting_, true)) return;
    while (!starts_.empty()) {
        auto start = std::move(starts_.front());
        starts_.pop_front();
        workers_.give(std::move(start));
    }
    is_starting_ = false;
}

void Engine::set_wake() {
    const auto at = scheduler_.next_wake();
    if (at == wake_at_) return;
    wake_at_ = at;
    if (!at) return wake_.clear();
    const auto wait = std::clamp(std::chrono::duration_cast<Millis>(*at - wall_now()), Millis(0), Millis(60'000));
    wake_.set(wheel_, wait, [this] {
        wake_at_.reset();
        step(Tick{});
    });
}

io::Task<void> Engine::load(Load load) {
    std::function<Result<state::DueAnswer>(state::Reader&)> query = [load](state::Reader& reader) {
        return reader.due(load.installation, wall_now(), load.deliveries_max);
    };
    auto answer = co_await store_.state().read(Lane::engine, std::move(query));
    if (!answer) {
        step(LoadFailed{load.installation});
        co_return;
    }
    Loaded loaded{load.installation, *std::move(answer)};
    step(std::move(loaded));
}

io::Task<void> Engine::attempt(Start start) {
    const auto& delivery = start.due.delivery;
    auto made = request_of(start);
    if (!made) {
        // Nothing is left that it could go to.
        Ended ended{delivery.id, delivery.installation, kCancelled};
        step(std::move(ended));
        std::vector<DeliveryId> ids{delivery.id};
        co_await cancel_now(std::move(ids), delivery.installation);
        co_return;
    }
    deliver::Reply reply;
    if (made->is_unsafe) {
        reply.attempt.started_at = wall_now();
        reply.attempt.failure = model::Failure::unsafe_url;
        reply.attempt.detail = "A value made the path segment \".\" or \"..\"; nothing was sent.";
        reply.attempt.url = made->url();
    } else {
        reply = co_await dispatch_.deliver(made->plan->destination, std::move(made->request));
    }
    if (reply.was_withdrawn) {
        Ended ended{delivery.id, delivery.installation, kCancelled};
        step(std::move(ended));
        step(Settled{delivery.id, delivery.installation});
        co_return;
    }
    auto& outcome = new_outcome();
    auto& ended = outcome.ended;
    ended.delivery = delivery.id;
    ended.event = delivery.event;
    ended.installation = delivery.installation;
    ended.webhook = delivery.webhook;
    ended.attempt = std::move(reply.attempt);
    ended.attempt.number = delivery.attempts + 1;
    ended.attempt.notes = std::move(made->notes);
    // A success needs none, and is what most of them are.
    const auto deadline = outcome::is_success(ended.attempt.status) ? Moment::max() : deadline_of(delivery);
    const outcome::Circumstances circumstances{made->plan->schedule, deadline, wall_now(), reply.retry_after};
    ended.verdict = outcome::judge(ended.attempt, circumstances, random_);
    outcome.event = std::move(start.due.event);
    if (ended.verdict.pauses_webhook && delivery.webhook != model::kLifecycleWebhook)
        io::asio::co_spawn(net_.get_executor(), amend(delivery.installation, pause_of(delivery.webhook)),
                           io::asio::detached);
    const Millis took(ended.attempt.times.total_us / 1000);
    const Seen seen{outcome::health_of(ended.attempt, reply.retry_after),
                    {ended.attempt.status, ended.attempt.failure},
                    ended.attempt.started_at,
                    took};
    count(ended);
    // Recorded first: what the step starts next must not overtake it in the journal.
    store_.submit(ended, outcome);
    step(Ended{ended.delivery, ended.installation, ended.verdict, seen});
}

std::optional<AttemptRequest> Engine::request_of(const Start& start) {
    const auto plan = plans_.find(start.due.delivery.installation);
    if (plan == plans_.end()) return std::nullopt;
    return request_maker_.make(start, *registry_.snapshot(), plan->second);
}

Engine::Outcome& Engine::new_outcome() {
    if (free_outcomes_.empty()) return *outcomes_.emplace_back(std::make_unique<Outcome>(*this));
    auto& outcome = *free_outcomes_.back();
    free_outcomes_.pop_back();
    return outcome;
}

void Engine::on_outcome(Outcome& outcome, const Result<journal::Sequence>& sequence) {
    if (!sequence) {
        held_outcomes_.push_back(&outcome);
        if (held_outcomes_.size() >= kHeldOutcomesMax && !std::exchange(is_holding_, true)) step(Hold{true});
        held_timer_.set(wheel_, kWriteAgain, [this] { submit_held_outcomes(); });
        return;
    }
    const auto snapshot = registry_.snapshot();
    const auto& ended = outcome.ended;
    const auto* installation = snapshot->find_installation(ended.installation);
    for (auto* observer : observers_) observer->on_attempt(ended, installation, *outcome.event);
    step(Settled{ended.delivery, ended.installation});
    outcome.event.reset();
    free_outcomes_.push_back(&outcome);
    // Only a success tells that the journal takes outcomes again.
    if (is_holding_ && held_outcomes_.empty()) {
        is_holding_ = false;
        step(Hold{false});
    }
}

void Engine::submit_held_outcomes() {
    for (auto* outcome : std::exchange(held_outcomes_, {})) store_.submit(outcome->ended, *outcome);
}

void Engine::count(const model::AttemptEnded& ended) {
    ++counts_.attempts;
    switch (ended.verdict.state) {
        case model::DeliveryState::delivered: ++counts_.delivered; return;
        case model::DeliveryState::retrying: ++counts_.retried; break;
        default: ++counts_.dead;
    }
    const auto& attempt = ended.attempt;
    ++counts_.failures[attempt.status != 0 ? "status_" + std::to_string(attempt.status)
                                           : std::string(to_string(attempt.failure))];
}

}  // namespace posthorn::engine
