#include "engine/engine.h"

#include <algorithm>
#include <limits>
#include <utility>

#include <boost/asio/post.hpp>

#include "base/assert.h"
#include "deliver/dispatch.h"
#include "engine/engine_parts.h"
#include "engine/order_key.h"
#include "match/matcher.h"

namespace posthorn::engine {

namespace {

/// Deliveries that one record cancels: some 10 ms of the state's thread.
constexpr std::size_t kCancelStep = 1000;
constexpr auto kIdMax = std::uint64_t{std::numeric_limits<std::int64_t>::max()};

Error store_trouble(const Error& error) {
    if (error.code == Errc::full) return fail(Errc::full, "the journal is full: " + to_string(error));
    return error;
}

}  // namespace

Engine::Engine(io::asio::io_context& net, io::TimerWheel& wheel, Store& store, registry::Registry& registry,
               deliver::Dispatch& dispatch, EngineOptions options)
    : net_(net),
      wheel_(wheel),
      store_(store),
      registry_(registry),
      dispatch_(dispatch),
      options_(std::move(options)),
      ids_(store.state().opened().last_id),
      scheduler_(options_.scheduler, store.state().opened().last_id),
      request_maker_(registry.catalogue(), store_id()),
      random_(options_.random_seed),
      workers_(net, [this](Start start) { return attempt(std::move(start)); }) {
    store_.on_group_end([this] { finish_step(); });
    dispatch_.on_batch_end([this] { finish_step(); });
    registry_.watch([this](const registry::SnapshotPtr& snapshot) { on_registry(snapshot); });
    on_registry(registry_.snapshot());
}

Engine::~Engine() {
    store_.on_group_end(nullptr);
    dispatch_.on_batch_end(nullptr);
}

io::Task<Result<void>> Engine::start() {
    std::function<Result<std::vector<state::Waiting>>(state::Reader&)> query = [](state::Reader& reader) {
        return reader.waiting();
    };
    std::function<Result<std::vector<model::RegistryRow>>(state::Reader&)> rows_query = [](state::Reader& reader) {
        return reader.registry();
    };
    POSTHORN_CO_TRY(const auto rows, co_await store_.state().read(Lane::engine, std::move(rows_query)));
    take_memories(rows);
    POSTHORN_CO_TRY(const auto waiting, co_await store_.state().read(Lane::engine, std::move(query)));
    for (const auto& entry : waiting) {
        const auto* installation = registry_.snapshot()->find_installation(entry.installation);
        if (installation == nullptr || installation->state == registry::InstallationState::uninstalled) {
            // The program ended between uninstalling the add-on and cancelling what waited for it.
            POSTHORN_CO_CHECK(co_await cancel_all(entry.installation));
            continue;
        }
        DueInState due{entry.installation, entry.first_due};
        step(std::move(due));
    }
    step(Recovered{});
    set_sweep();
    co_return Result<void>();
}

// --- Intake -----------------------------------------------------------------------------------------------

io::Task<Result<Receipt>> Engine::accept(model::Event event, model::Idempotency idempotency) {
    if (const auto refusal = store_.state().refusal(); refusal != Refusal::none) return refuse(refusal);
    auto targets = match::match(*registry_.snapshot(), event.tenant, event.type);
    if (idempotency.key.empty()) return accept_targets(std::move(event), std::move(targets), {});
    return accept_once(std::move(event), std::move(targets), std::move(idempotency));
}

io::Task<Result<Receipt>> Engine::refuse(Refusal refusal) {
    ++counts_.refused;
    co_return fail(Errc::full, std::string(words_of(refusal)));
}

io::Task<Result<Receipt>> Engine::accept_once(model::Event event, std::vector<model::Target> targets,
                                              model::Idempotency idempotency) {
    const auto tenant = event.tenant;
    const auto key = idempotency.key;
    recent_keys_.forget(store_.state().applied());
    while (auto* entry = recent_keys_.find(tenant, key)) {
        if (entry->is_decided) co_return repeated(entry->earlier, idempotency);
        // The same key is on its way at this moment; what comes of it decides.
        std::function<void(std::function<void(bool)>)> wait = [entry](std::function<void(bool)> resume) {
            entry->waiting.push_back(std::move(resume));
        };
        co_await io::from_callback<bool>(std::move(wait));
    }
    recent_keys_.claim(tenant, key);

    const auto not_before = wall_now() - RecentKeys::kLifetime;
    std::function<Result<std::optional<state::Earlier>>(state::Reader&)> query =
        [tenant, key, not_before](state::Reader& reader) { return reader.idempotency(tenant, key, not_before); };
    const auto earlier = co_await store_.state().read(Lane::engine, std::move(query));
    if (!earlier || *earlier) {
        recent_keys_.drop(tenant, key);
        if (!earlier) co_return earlier.error();
        co_return repeated(**earlier, idempotency);
    }
    auto receipt = co_await accept_targets(std::move(event), std::move(targets), std::move(idempotency));
    if (!receipt) recent_keys_.drop(tenant, key);
    co_return receipt;
}

Result<Receipt> Engine::repeated(const state::Earlier& earlier, const model::Idempotency& idempotency) {
    if (earlier.payload_hash != idempotency.payload_hash)
        return fail(Errc::conflict, "this idempotency key was used within 24 h for another event (" +
                                        to_string(earlier.event) + ", " + earlier.type +
                                        "); use a key of its own for each event");
    ++counts_.duplicates;
    return Receipt{earlier.event, earlier.type, earlier.deliveries, true};
}

io::Task<Result<Receipt>> Engine::accept_for(InstallationId id, model::Event event) {
    const auto snapshot = registry_.snapshot();
    const auto* installation = snapshot->find_installation(id);
    POSTHORN_ASSERT(installation != nullptr);
    auto targets = match::match_installation(*snapshot, *installation, event.type);
    const auto& lifecycle = installation->lifecycle;
    const auto& path = event.type == "connect_addon_enabled" ? lifecycle.enabled : lifecycle.disabled;
    const bool is_ordered = installation->settings.ordering.kind != registry::Ordering::Kind::none;
    if (!path.empty())
        targets.insert(targets.begin(),
                       {id, model::kLifecycleWebhook, is_ordered ? match::kToBeOrdered : model::kUnordered});
    return accept_targets(std::move(event), std::move(targets), {});
}

io::Task<Result<Receipt>> Engine::accept_targets(model::Event event, std::vector<model::Target> targets,
                                                 model::Idempotency idempotency) {
    struct Awaited final : Acceptance {
        io::Suspended<Result<Receipt>> suspended;
        void on_receipt(Result<Receipt> receipt) override { suspended.resume(std::move(receipt)); }
    };
    Awaited acceptance;
    begin(std::move(event), std::move(targets), std::move(idempotency), acceptance);
    co_return co_await acceptance.suspended.wait();
}

void Engine::accept(model::Event event, Acceptance& acceptance) {
    if (const auto refusal = store_.state().refusal(); refusal != Refusal::none) {
        ++counts_.refused;
        // Later, as always.
        io::asio::post(
            net_, [&acceptance, refusal] { acceptance.on_receipt(fail(Errc::full, std::string(words_of(refusal)))); });
        return;
    }
    auto targets = match::match(*registry_.snapshot(), event.tenant, event.type);
    begin(std::move(event), std::move(targets), {}, acceptance);
}

void Engine::begin(model::Event event, std::vector<model::Target> targets, model::Idempotency idempotency,
                   Acceptance& acceptance) {
    const auto now = wall_now();
    if (const auto crowded = scheduler_.crowded(targets, now); crowded && waiting_room_.has_place()) {
        waiting_room_.put(*crowded, {std::move(event), std::move(targets), std::move(idempotency), &acceptance,
                                     now + WaitingRoom::kWait});
        watch_waiting_room();
        return;
    }
    submit(std::move(event), std::move(targets), std::move(idempotency), acceptance);
}

void Engine::admit_waiting() {
    const auto now = wall_now();
    waiting_room_.release(
        [&](const WaitingEvent& waiting) { return waiting.until <= now || !scheduler_.crowded(waiting.targets, now); },
        [this](WaitingEvent waiting) {
            submit(std::move(waiting.event), std::move(waiting.targets), std::move(waiting.idempotency),
                   *waiting.acceptance);
        });
    watch_waiting_room();
}

void Engine::watch_waiting_room() {
    if (waiting_room_.is_empty() || waiting_timer_.is_set()) return;
    waiting_timer_.set(wheel_, WaitingRoom::kWait, [this] { admit_waiting(); });
}

void Engine::submit(model::Event event, std::vector<model::Target> targets, model::Idempotency idempotency,
                    Acceptance& acceptance) {
    scheduler_.announce(targets);
    event.accepted_at = wall_now();
    if (event.timestamp_ms == 0) event.timestamp_ms = epoch_ms(event.accepted_at);
    event.id = ids_.next(epoch_ms(event.accepted_at), targets.size());
    if (std::ranges::any_of(targets, [](const model::Target& target) { return target.order != model::kUnordered; }))
        put_order_keys(targets, event, *registry_.snapshot(), registry_.catalogue());
    acceptance.engine_ = this;
    acceptance.began_ = std::chrono::steady_clock::now();
    acceptance.record_ = {std::make_shared<const model::Event>(std::move(event)), std::move(targets),
                          std::move(idempotency)};
    store_.submit(acceptance.record_, acceptance);
}

void Acceptance::on_decided(Result<journal::Sequence> sequence) {
    auto record = std::move(record_);  // The event is kept no longer than it is needed.
    if (sequence)
        engine_->counts_.durable_us.count(static_cast<std::uint64_t>(
            std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - began_).count()));
    on_receipt(engine_->finish(record, sequence));
}

Result<Receipt> Engine::finish(model::EventAccepted& record, const Result<journal::Sequence>& sequence) {
    if (!sequence) {
        scheduler_.withdraw(record.targets);
        ++counts_.refused;
        return store_trouble(sequence.error());
    }
    ++counts_.accepted;
    const auto deliveries = record.targets.size();
    if (!record.idempotency.key.empty()) {
        state::Earlier earlier{record.event->id, record.event->type, record.idempotency.payload_hash,
                               static_cast<std::uint32_t>(deliveries)};
        recent_keys_.decide(record.event->tenant, record.idempotency.key, std::move(earlier), *sequence);
    }
    for (auto* observer : observers_) observer->on_accepted(*record.event, deliveries);
    Receipt receipt{record.event->id, record.event->type, deliveries, false};
    if (deliveries > 0) step(Accepted{std::move(record.event), std::move(record.targets)});
    return receipt;
}

// --- Registry ---------------------------------------------------------------------------------------------

io::Task<Result<void>> Engine::change(std::vector<registry::RegistryChange> changes) {
    POSTHORN_CO_TRY(const auto prepared, registry_.prepare(std::move(changes)));
    model::Record record = prepared.rows;
    const auto sequence = co_await store_.append(std::move(record));
    if (!sequence) {
        registry_.abandon(prepared);
        co_return store_trouble(sequence.error());
    }
    const auto applied = registry_.apply(prepared);
    POSTHORN_ASSERT(applied.has_value());
    co_return Result<void>();
}

io::Task<void> Engine::amend(InstallationId id, std::function<bool(registry::Installation&)> edit) {
    for (;;) {
        const auto snapshot = registry_.snapshot();
        const auto* installation = snapshot->find_installation(id);
        if (installation == nullptr) co_return;
        auto changed = *installation;
        if (!edit(changed)) co_return;
        std::vector<registry::RegistryChange> changes;
        changes.emplace_back(registry::PutInstallation{std::move(changed)});
        const auto written = co_await change(std::move(changes));
        // Another change of the add-on was being written; look at it again.
        if (written || written.error().code != Errc::conflict) co_return;
        co_await wheel_.sleep(kWriteAgain);
    }
}

void Engine::on_registry(const registry::SnapshotPtr& snapshot) {
    const auto is_gone = [](const registry::Installation& installation) {
        return installation.state == registry::InstallationState::uninstalled ||
               (installation.state == registry::InstallationState::installing && installation.base_url.empty());
    };
    const auto has_same_defaults = [&](const registry::Installation& installation) {
        const auto* before = seen_ ? seen_->find_tenant(installation.tenant) : nullptr;
        return before != nullptr && before->defaults == snapshot->find_tenant(installation.tenant)->defaults;
    };
    for (const auto* installation : snapshot->installations()) {
        const auto* before = seen_ ? seen_->find_installation(installation->id) : nullptr;
        // Snapshots share what did not change.
        if (before == installation && has_same_defaults(*installation)) continue;
        if (is_gone(*installation)) {
            drop_plan(installation->id);
            if (before != nullptr) step(LaneGone{installation->id});
            continue;
        }
        put_plan(*installation, *snapshot);
        step(LaneSet{lane_of(*installation, *snapshot)});
    }
    if (seen_)
        for (const auto* installation : seen_->installations())
            if (snapshot->find_installation(installation->id) == nullptr) {
                drop_plan(installation->id);
                step(LaneGone{installation->id});
            }
    seen_ = snapshot;
}

void Engine::put_plan(const registry::Installation& installation, const registry::Snapshot& snapshot) {
    auto plan = call_plan(installation, snapshot, options_.defaults);
    auto& entry = plans_[installation.id];
    // Calls that are under way with the earlier plan hear of it, too, when the add-on goes.
    if (entry) plan.destination.is_gone = entry->destination.is_gone;
    entry = std::make_shared<const CallPlan>(std::move(plan));
}

void Engine::drop_plan(InstallationId installation) {
    const auto found = plans_.find(installation);
    if (found == plans_.end()) return;
    *found->second->destination.is_gone = true;
    plans_.erase(found);
}

// --- What a person asks for -------------------------------------------------------------------------------

io::Task<Result<std::vector<DeliveryId>>> Engine::make_deliveries(std::vector<model::Delivery> deliveries) {
    co_await order(deliveries);
    const auto now = wall_now();
    model::DeliveriesMade made;
    std::vector<DeliveryId> ids;
    for (auto& delivery : deliveries) {
        // The event's part of the id stays unused, so that no delivery has the id of an event.
        delivery.id = delivery_of(ids_.next(epoch_ms(now), 1), 0);
        delivery.state = model::DeliveryState::pending;
        delivery.due_at = delivery.made_at = now;
        ids.push_back(delivery.id);
    }
    made.deliveries = deliveries;
    model::Record record = std::move(made);
    const auto sequence = co_await store_.append(std::move(record));
    if (!sequence) co_return store_trouble(sequence.error());
    for (const auto& delivery : deliveries) step(DueInState{delivery.installation, now});
    co_return ids;
}

io::Task<void> Engine::order(std::vector<model::Delivery>& deliveries) {
    for (auto& delivery : deliveries) {
        const auto snapshot = registry_.snapshot();
        const auto* installation = snapshot->find_installation(delivery.installation);
        if (installation == nullptr || installation->settings.ordering.kind == registry::Ordering::Kind::none) continue;
        std::function<Result<model::EventPtr>(state::Reader&)> query = [id = delivery.event](state::Reader& reader) {
            return reader.event(id);
        };
        const auto event = co_await store_.state().read(Lane::api, std::move(query));
        // One that is pruned meanwhile will not be made either.
        if (event) delivery.order = order_key(**event, *installation, *snapshot, registry_.catalogue());
    }
}

io::Task<Result<DeliveryId>> Engine::replay(DeliveryId id) {
    std::function<Result<state::DeliveryDetail>(state::Reader&)> query = [id](state::Reader& reader) {
        return reader.delivery(id);
    };
    POSTHORN_CO_TRY(const auto detail, co_await read(std::move(query)));
    const auto& earlier = detail.row.delivery;
    if (!model::is_final(earlier.state))
        co_return fail(Errc::conflict, to_string(id) + " is " + std::string(to_string(earlier.state)) +
                                           ": only a delivery that is delivered, dead or cancelled can be replayed");
    const auto snapshot = registry_.snapshot();
    const auto* installation = snapshot->find_installation(earlier.installation);
    if (installation == nullptr || installation->state == registry::InstallationState::uninstalled)
        co_return fail(Errc::conflict, "the add-on of " + to_string(id) + " is uninstalled; install it first");
    model::Delivery again;
    again.event = earlier.event;
    again.installation = earlier.installation;
    again.webhook = earlier.webhook;
    again.replay_of = id;
    std::vector<model::Delivery> deliveries{again};
    POSTHORN_CO_TRY(const auto ids, co_await make_deliveries(std::move(deliveries)));
    co_return ids.front();
}

io::Task<Result<void>> Engine::cancel(DeliveryId id) {
    std::function<Result<state::DeliveryDetail>(state::Reader&)> query = [id](state::Reader& reader) {
        return reader.delivery(id);
    };
    POSTHORN_CO_TRY(const auto detail, co_await read(std::move(query)));
    if (model::is_final(detail.row.delivery.state))
        co_return fail(Errc::conflict,
                       to_string(id) + " is " + std::string(to_string(detail.row.delivery.state)) + " already");
    model::DeliveriesCancelled cancelled{{id}, {}, wall_now()};
    model::Record record = std::move(cancelled);
    const auto sequence = co_await store_.append(std::move(record));
    if (!sequence) co_return store_trouble(sequence.error());
    Cancelled input{{id}};
    step(std::move(input));
    DueInState behind{detail.row.delivery.installation, wall_now()};
    step(std::move(behind));  // One behind it in its order may be the next.
    co_return Result<void>();
}

io::Task<Result<void>> Engine::cancel_all(InstallationId installation) {
    // In steps, so that neither the state's thread nor a commit is held up by a hundred thousand rows.
    std::function<Result<std::vector<DeliveryId>>(state::Reader&)> query = [installation](state::Reader& reader) {
        return reader.waiting_up_to(installation, kIdMax, kCancelStep);
    };
    for (;;) {
        auto some = co_await store_.state().read(Lane::engine, query);
        if (!some && some.error().code != Errc::full && some.error().code != Errc::timeout) co_return some.error();
        if (some && some->empty()) co_return Result<void>();
        if (some) {
            model::DeliveriesCancelled cancelled{*std::move(some), {}, wall_now()};
            model::Record record = std::move(cancelled);
            const auto sequence = co_await store_.append(std::move(record));
            if (sequence) continue;
            // A journal that is full for a moment must not leave deliveries waiting for an add-on that is gone.
            if (sequence.error().code != Errc::full) co_return store_trouble(sequence.error());
        }
        co_await wheel_.sleep(kWriteAgain);
    }
}

io::Task<void> Engine::cancel_now(std::vector<DeliveryId> deliveries, InstallationId installation) {
    model::DeliveriesCancelled cancelled{deliveries, {}, wall_now()};
    model::Record record = std::move(cancelled);
    static_cast<void>(co_await append_until_taken(std::move(record)));
    if (installation)
        for (const auto delivery : deliveries) step(Settled{delivery, installation});
}

io::Task<bool> Engine::append_until_taken(model::Record record) {
    for (;;) {
        auto copy = record;
        const auto sequence = co_await store_.append(std::move(copy));
        if (sequence) co_return true;
        if (sequence.error().code == Errc::cancelled || sequence.error().code == Errc::broken) co_return false;
        co_await wheel_.sleep(kWriteAgain);
    }
}

io::Task<void> Engine::quiesce(InstallationId installation, Millis wait) {
    const auto until = std::chrono::steady_clock::now() + wait;
    while (scheduler_.attempts_under_way(installation) > 0 && std::chrono::steady_clock::now() < until)
        co_await wheel_.sleep(Millis(50));
}

io::Task<void> Engine::drain(Millis wait) {
    step(Drain{});
    const auto until = std::chrono::steady_clock::now() + wait;
    while ((scheduler_.attempts_under_way() > 0 || !held_outcomes_.empty()) && std::chrono::steady_clock::now() < until)
        co_await wheel_.sleep(Millis(50));
}

}  // namespace posthorn::engine
