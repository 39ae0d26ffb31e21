#include "tests/simulation/server.h"

#include <algorithm>

#include "outcome/health.h"
#include "outcome/judge.h"
#include "tests/simulation/trace.h"

namespace posthorn::simulation {

namespace {

using namespace std::chrono_literals;

constexpr Millis kHeldOutcomesRetry{200};
constexpr Millis kQuiesceStep{50};
constexpr int kQuiesceSteps = 40;
const model::Verdict kCancelled{model::DeliveryState::cancelled, model::DeadReason::none, {}, false};

}  // namespace

Server::Server(World& world, state::State& state)
    : world_(world), state_(state), durable_(world.timeline, world.random, world.options, world.disk, state) {}

Result<void> Server::start() {
    POSTHORN_CHECK(durable_.open());
    ids_.emplace(state_.opened().last_id);
    scheduler_ = std::make_unique<engine::Scheduler>(world_.options.scheduler, state_.opened().last_id);
    world_.checker.recovered(durable_.reader());
    POSTHORN_TRY(const auto rows, durable_.reader().registry());
    for (const auto& row : rows) {
        if (row.kind == engine::kReceiverRowKind) continue;
        const auto installation = Installation::read(row);
        installations_[installation.id] = installation;
        if (!installation.is_uninstalled) set_lane(installation);
    }
    for (const auto& row : rows) {
        if (row.kind != engine::kReceiverRowKind) continue;
        POSTHORN_TRY(const auto memory, engine::receiver_from_row(row));
        remembered_[memory.receiver] = memory;
        if (memory.paused_at) step(engine::PauseReceiver{memory.receiver, memory.paused_at});
        if (memory.failing_since) step(engine::ReceiverWasOpen{memory.receiver, *memory.failing_since});
    }
    POSTHORN_TRY(const auto waiting, durable_.reader().waiting());
    for (const auto& entry : waiting) {
        // The server ended between uninstalling the add-on and cancelling what waited for it.
        if (!is_there(entry.installation)) cancel_all(entry.installation, [] {});
        else step(engine::DueInState{entry.installation, entry.first_due});
    }
    step(engine::Recovered{});
    set_sweep();
    return {};
}

bool Server::is_there(InstallationId installation) const {
    const auto found = installations_.find(installation);
    return found != installations_.end() && !found->second.is_uninstalled;
}

void Server::step(engine::Input input) {
    engine::Commands commands;
    trace(input, world_.timeline.now());
    world_.checker.told(input, world_.timeline.now());
    scheduler_->step(std::move(input), world_.timeline.now(), commands);
    trace(commands);
    world_.checker.did(commands, *scheduler_, world_.timeline.now());
    for (auto& start : commands.start) {
        auto shared = std::make_shared<engine::Start>(std::move(start));
        world_.timeline.after(0ms, [this, shared] { attempt(shared); });
    }
    for (const auto& entry : commands.load) world_.timeline.after(0ms, [this, entry] { load(entry); });
    if (auto& orphans = commands.orphaned.deliveries; !orphans.empty())
        world_.timeline.after(0ms, [this, orphans] { cancel_now(orphans, {}); });
    for (const auto& expired : commands.expired) world_.timeline.after(0ms, [this, expired] { expire(expired); });
    for (const auto& changed : commands.receivers_changed) on_receiver(changed);
    for (const auto& one : commands.give_up) give_up(one);
    set_wake();
}

void Server::set_wake() {
    const auto at = scheduler_->next_wake();
    const auto number = ++wake_;
    if (!at) return;
    const auto wait = std::clamp(std::chrono::duration_cast<Millis>(*at - world_.timeline.now()), 0ms, Millis(60'000));
    // The wheel is coarse, and a longer wait is taken in parts.
    world_.timeline.after(wait + world_.random.up_to(10ms), [this, number] {
        if (number == wake_) step(engine::Tick{});
    });
}

// --- Receivers --------------------------------------------------------------------------------------------

void Server::remember(engine::ReceiverMemory memory, Done done) {
    remembered_[memory.receiver] = memory;
    durable_.submit(model::RegistryChanged{{engine::to_row(memory)}}, std::move(done));
}

void Server::on_receiver(const engine::ReceiverChanged& changed) {
    auto memory = remembered_[changed.status.name];
    memory.receiver = changed.status.name;
    if (changed.change == engine::ReceiverChange::opened) memory.failing_since = changed.failing_since;
    else if (changed.change == engine::ReceiverChange::closed) memory.failing_since.reset();
    else return;
    remember(std::move(memory), [](const Result<journal::Sequence>&) {});
}

void Server::give_up(const engine::GiveUp& given_up) {
    for (const auto id : given_up.installations) {
        const auto found = installations_.find(id);
        if (found == installations_.end() || found->second.is_uninstalled || is_busy(id)) continue;
        auto changed = found->second;
        changed.set_paused(true, world_.timeline.now());
        change(std::move(changed));
    }
}

void Server::pause_receiver(const std::string& receiver, bool is_on) {
    auto memory = remembered_[receiver];
    memory.receiver = receiver;
    memory.paused_at = is_on ? std::optional(world_.timeline.now()) : std::nullopt;
    const auto before = remembered_[receiver];
    remember(memory, [this, memory, before](const Result<journal::Sequence>& sequence) {
        if (!sequence) {
            remembered_[memory.receiver].paused_at = before.paused_at;
            return;
        }
        step(engine::PauseReceiver{memory.receiver, memory.paused_at});
    });
}

bool Server::is_paused(const std::string& receiver) const {
    const auto found = remembered_.find(receiver);
    return found != remembered_.end() && found->second.paused_at;
}

std::vector<std::string> Server::paused_receivers() const {
    std::vector<std::string> names;
    for (const auto& [name, memory] : remembered_)
        if (memory.paused_at) names.push_back(name);
    return names;
}

// --- Deadlines --------------------------------------------------------------------------------------------

Moment Server::deadline_of(const model::Delivery& delivery) const {
    const auto& installation = installations_.at(delivery.installation);
    if (installation.is_paused) return Moment::max();
    return outcome::deadline_of(delivery.made_at, world_.options.lifetime, installation.pauses);
}

void Server::set_sweep() {
    // The real one goes on for ever; here the story is over when nothing happens any more.
    const bool is_needed = std::ranges::any_of(installations_, [](const auto& one) { return !one.second.is_paused; });
    if (!is_needed || std::exchange(is_sweep_set_, true)) return;
    world_.timeline.after(world_.options.lifetime / 20, [this] {
        is_sweep_set_ = false;
        sweep();
    });
}

void Server::sweep() {
    durable_.read([this](state::Reader* reader) -> std::function<void()> {
        if (reader == nullptr) return [this] { set_sweep(); };
        const auto waiting = reader->waiting();
        std::vector<std::pair<InstallationId, std::vector<DeliveryId>>> all;
        bool is_any_left = false;
        for (const auto& one : *waiting) {
            const auto found = installations_.find(one.installation);
            if (found == installations_.end() || found->second.is_paused) continue;
            is_any_left = true;
            const auto last = last_id_at(
                epoch_ms(outcome::overdue_up_to(world_.timeline.now(), world_.options.lifetime, found->second.pauses)));
            if (one.oldest.value > last) continue;
            all.emplace_back(one.installation, *reader->waiting_up_to(one.installation, last, 5000));
        }
        return [this, all, is_any_left] {
            for (auto [installation, deliveries] : all) {
                std::erase_if(deliveries, [this](DeliveryId id) { return scheduler_->knows(id); });
                if (!deliveries.empty()) expire_waiting(installation, std::move(deliveries));
            }
            if (is_any_left) set_sweep();
        };
    });
}

void Server::record_expired(std::vector<DeliveryId> deliveries, std::function<void()> then) {
    const model::DeliveriesExpired expired{std::move(deliveries), world_.timeline.now()};
    durable_.submit(expired, [this, expired, then](const Result<journal::Sequence>& sequence) {
        if (!sequence) {
            world_.timeline.after(kHeldOutcomesRetry,
                                  [this, expired, then] { record_expired(expired.deliveries, then); });
            return;
        }
        world_.checker.durable(expired);
        then();
    });
}

void Server::expire(const engine::Expired& expired) {
    record_expired(expired.deliveries, [this, expired] {
        for (const auto id : expired.deliveries) step(engine::Settled{id, expired.installation});
    });
}

void Server::expire_waiting(InstallationId installation, std::vector<DeliveryId> deliveries) {
    world_.checker.withdrawing(installation, deliveries);
    record_expired(deliveries, [this, installation, deliveries] {
        world_.checker.withdrew(installation, deliveries);
        step(engine::Cancelled{deliveries});
        step(engine::DueInState{installation, world_.timeline.now()});
    });
}

// --- Intake and what a person asks for --------------------------------------------------------------------

void Server::accept(std::vector<InstallationId> installations) {
    model::EventAccepted record;
    for (const auto id : installations)
        if (is_there(id)) record.targets.push_back({id, installations_.at(id).webhook});
    model::Event event;
    event.timestamp_ms = static_cast<std::int64_t>(world_.random.below(1000));
    for (auto& target : record.targets) target.order = installations_.at(target.installation).order_of(event);
    event.tenant = TenantId{1};
    event.type = "jira:issue_created";
    event.accepted_at = world_.timeline.now();
    event.payload.assign(world_.options.payload_bytes, 'p');
    event.id = ids_->next(epoch_ms(event.accepted_at), record.targets.size());
    record.event = std::make_shared<const model::Event>(std::move(event));
    world_.checker.submitted(record);
    durable_.submit(record, [this, record](const Result<journal::Sequence>& sequence) {
        if (!sequence) return world_.checker.refused(record);
        world_.checker.durable(record);
        set_sweep();
        if (!record.targets.empty()) step(engine::Accepted{record.event, record.targets});
    });
}

void Server::replay(DeliveryId id) {
    durable_.read([this, id](state::Reader* reader) -> std::function<void()> {
        if (reader == nullptr) return [] {};
        const auto detail = reader->delivery(id);
        if (!detail || !model::is_final(detail->row.delivery.state)) return [] {};
        return [this, earlier = detail->row.delivery, event = detail->event] {
            if (!is_there(earlier.installation)) return;
            model::DeliveriesMade made;
            for (auto left = world_.random.between(1, 3); left > 0; --left) {
                model::Delivery again;
                again.id = delivery_of(ids_->next(epoch_ms(world_.timeline.now()), 1), 0);
                again.event = earlier.event;
                again.installation = earlier.installation;
                again.webhook = earlier.webhook;
                again.replay_of = earlier.id;
                again.order = installations_.at(earlier.installation).order_of(*event);
                again.due_at = again.made_at = world_.timeline.now();
                made.deliveries.push_back(again);
            }
            world_.checker.submitted(made);
            durable_.submit(made, [this, made](const Result<journal::Sequence>& sequence) {
                if (!sequence) return world_.checker.refused(made);
                world_.checker.durable(made);
                set_sweep();
                for (const auto& delivery : made.deliveries)
                    step(engine::DueInState{delivery.installation, delivery.due_at});
            });
        };
    });
}

void Server::cancel(DeliveryId id) {
    durable_.read([this, id](state::Reader* reader) -> std::function<void()> {
        if (reader == nullptr) return [] {};
        const auto detail = reader->delivery(id);
        if (!detail || model::is_final(detail->row.delivery.state)) return [] {};
        return [this, id, installation = detail->row.delivery.installation] {
            const model::DeliveriesCancelled cancelled{{id}, {}, world_.timeline.now()};
            world_.checker.withdrawing(installation, cancelled.deliveries);
            durable_.submit(cancelled, [this, cancelled, installation](const Result<journal::Sequence>& sequence) {
                world_.checker.withdrew(installation, cancelled.deliveries);
                if (!sequence) return;
                world_.checker.durable(cancelled);
                step(engine::Cancelled{cancelled.deliveries});
                step(engine::DueInState{installation, world_.timeline.now()});
            });
        };
    });
}

// --- Registry ---------------------------------------------------------------------------------------------

void Server::set_lane(const Installation& installation) {
    auto lane = installation.lane();
    lane.lifetime = world_.options.lifetime;
    step(engine::LaneSet{std::move(lane)});
}

void Server::change(Installation changed) {
    busy_.insert(changed.id);
    durable_.submit(model::RegistryChanged{{changed.row()}},
                    [this, changed](const Result<journal::Sequence>& sequence) {
                        busy_.erase(changed.id);
                        if (!sequence) return;
                        installations_[changed.id] = changed;
                        set_sweep();
                        set_lane(changed);
                    });
}

void Server::uninstall(InstallationId id) {
    busy_.insert(id);
    auto changed = installations_.at(id);
    changed.is_uninstalled = true;
    changed.set_paused(false, world_.timeline.now());
    durable_.submit(
        model::RegistryChanged{{changed.row()}}, [this, changed](const Result<journal::Sequence>& sequence) {
            if (!sequence) {
                busy_.erase(changed.id);
                return;
            }
            ++world_.uninstalls;
            installations_[changed.id] = changed;
            step(engine::LaneGone{changed.id});
        // quiesce(), for a while; an attempt may outlast it.
            auto quiesce = std::make_shared<std::function<void(int)>>();
            *quiesce = [this, id = changed.id, again = std::weak_ptr(quiesce)](int steps) {
                if (steps > 0 && scheduler_->attempts_under_way(id) > 0) {
                    world_.timeline.after(kQuiesceStep, [again = again.lock(), steps] { (*again)(steps - 1); });
                    return;
                }
                cancel_all(id, [this, id] { busy_.erase(id); });
            };
            (*quiesce)(static_cast<int>(world_.random.below(kQuiesceSteps)));
        });
}

void Server::cancel_all(InstallationId installation, std::function<void()> then) {
    const model::DeliveriesCancelled cancelled{{}, installation, world_.timeline.now()};
    durable_.submit(cancelled, [this, cancelled, then](const Result<journal::Sequence>& sequence) {
        if (!sequence) {
            world_.timeline.after(kHeldOutcomesRetry,
                                  [this, cancelled, then] { cancel_all(cancelled.installation, then); });
            return;
        }
        world_.checker.durable(cancelled);
        then();
    });
}

// --- Deliveries -------------------------------------------------------------------------------------------

void Server::load(engine::Load load) {
    durable_.read([this, load](state::Reader* reader) -> std::function<void()> {
        const auto failed = [this, load] { step(engine::LoadFailed{load.installation}); };
        if (reader == nullptr) return failed;
        auto answer = reader->due(load.installation, world_.timeline.now(), load.deliveries_max);
        if (!answer) return failed;
        return [this, load, answer = *std::move(answer)] { step(engine::Loaded{load.installation, answer}); };
    });
}

void Server::attempt(std::shared_ptr<engine::Start> start) {
    const auto& delivery = start->due.delivery;
    if (!is_there(delivery.installation) || installations_.at(delivery.installation).webhook != delivery.webhook) {
        world_.checker.ended(delivery.id, nullptr, outcome::Health::unknown);
        step(engine::Ended{delivery.id, delivery.installation, kCancelled});
        cancel_now({delivery.id}, delivery.installation);
        return;
    }
    const auto started_at = world_.timeline.now();
    world_.timeline.after(world_.random.up_to(10ms), [this, start, started_at] { send(start, started_at); });
}

void Server::send(std::shared_ptr<engine::Start> start, Moment started_at) {
    const auto& delivery = start->due.delivery;
    if (!is_there(delivery.installation)) {  // Withdrawn.
        world_.checker.ended(delivery.id, nullptr, outcome::Health::unknown);
        step(engine::Ended{delivery.id, delivery.installation, kCancelled});
        step(engine::Settled{delivery.id, delivery.installation});
        return;
    }
    const auto answer = world_.receivers.answer(installations_.at(delivery.installation).receiver);
    world_.timeline.after(answer.takes, [this, start, answer, started_at] { record(*start, answer, started_at); });
}

void Server::record(const engine::Start& start, const Answer& answer, Moment started_at) {
    const auto& delivery = start.due.delivery;
    auto ended = std::make_shared<model::AttemptEnded>();
    ended->delivery = delivery.id;
    ended->event = delivery.event;
    ended->installation = delivery.installation;
    ended->webhook = delivery.webhook;
    ended->attempt.number = delivery.attempts + 1;
    ended->attempt.started_at = started_at;
    ended->attempt.status = answer.status;
    ended->attempt.failure = answer.failure;
    const outcome::Circumstances circumstances{world_.options.schedule, deadline_of(delivery), world_.timeline.now(),
                                               answer.retry_after};
    ended->verdict = outcome::judge(ended->attempt, circumstances, world_.random.engine());
    const auto health = outcome::health_of(ended->attempt, answer.retry_after);
    world_.checker.ended(delivery.id, &ended->verdict, health);
    submit_outcome(ended);
    step(engine::Ended{ended->delivery,
                       ended->installation,
                       ended->verdict,
                       {health, {answer.status, answer.failure}, started_at, world_.timeline.now() - started_at}});
}

void Server::submit_outcome(std::shared_ptr<model::AttemptEnded> ended) {
    durable_.submit(*ended, [this, ended](const Result<journal::Sequence>& sequence) {
        if (sequence) {
            world_.checker.durable(*ended);
            step(engine::Settled{ended->delivery, ended->installation});
            if (is_holding_ && held_outcomes_.empty()) {
                is_holding_ = false;
                step(engine::Hold{false});
            }
            return;
        }
        held_outcomes_.push_back(ended);
        world_.checker.held(held_outcomes_.size(), world_.options.held_outcomes_max);
        if (held_outcomes_.size() >= world_.options.held_outcomes_max && !std::exchange(is_holding_, true))
            step(engine::Hold{true});
        if (std::exchange(is_held_timer_set_, true)) return;
        world_.timeline.after(kHeldOutcomesRetry, [this] {
            is_held_timer_set_ = false;
            for (const auto& held : std::exchange(held_outcomes_, {})) submit_outcome(held);
        });
    });
}

void Server::cancel_now(std::vector<DeliveryId> deliveries, InstallationId installation) {
    const model::DeliveriesCancelled cancelled{std::move(deliveries), {}, world_.timeline.now()};
    durable_.submit(cancelled, [this, cancelled, installation](const Result<journal::Sequence>& sequence) {
        if (!sequence) {
            world_.timeline.after(kHeldOutcomesRetry,
                                  [this, cancelled, installation] { cancel_now(cancelled.deliveries, installation); });
            return;
        }
        world_.checker.durable(cancelled);
        if (!installation) return;
        for (const auto delivery : cancelled.deliveries) step(engine::Settled{delivery, installation});
    });
}

}  // namespace posthorn::simulation
