#include "engine/recovery.h"

#include <algorithm>
#include <set>
#include <utility>

#include "io/random.h"

namespace posthorn::engine {

namespace {

constexpr std::size_t kStep = 200;
/// Counting writes nothing, so its steps may be longer: a few milliseconds of a reader.
constexpr std::size_t kCountStep = 1000;
constexpr std::size_t kRunningMax = 16;
constexpr std::size_t kKeptMax = 1000;

bool can_receive(const registry::Snapshot& snapshot, InstallationId id) {
    const auto* installation = snapshot.find_installation(id);
    return installation != nullptr && installation->state != registry::InstallationState::uninstalled;
}

model::Delivery replay_of(const model::Delivery& earlier) {
    model::Delivery again;
    again.event = earlier.event;
    again.installation = earlier.installation;
    again.webhook = earlier.webhook;
    again.replay_of = earlier.id;
    return again;
}

}  // namespace

std::string_view to_string(Operation::State state) {
    constexpr std::string_view words[] = {"running", "done", "stopped", "failed"};
    return words[static_cast<std::size_t>(state)];
}

Recoveries::Recoveries(Engine& engine) : engine_(engine), tasks_(engine.net()) {}

io::Task<Result<state::Count>> Recoveries::preview(RecoveryRequest request) {
    return count(std::move(request), nullptr);
}

io::Task<Result<state::Count>> Recoveries::count(RecoveryRequest request, std::shared_ptr<const Run> run) {
    auto count = std::make_shared<state::Count>();
    Sink sink = [count, run](std::vector<model::Delivery> deliveries) -> io::Task<Result<bool>> {
        count->deliveries += deliveries.size();
        count->is_all = count->deliveries <= kCountMax;
        count->deliveries = std::min(count->deliveries, kCountMax);
        if (run && run->state != Operation::State::running) count->is_all = false;
        co_return count->is_all;
    };
    POSTHORN_CO_CHECK(co_await collect(std::move(request), kCountStep, std::move(sink)));
    co_return *count;
}

Result<std::string> Recoveries::start(RecoveryRequest request) {
    const auto running =
        std::ranges::count_if(runs_, [](const auto& run) { return run->state == Operation::State::running; });
    if (static_cast<std::size_t>(running) >= kRunningMax)
        return fail(Errc::full, "too many operations are running; wait for one to end, or stop one");
    auto run = std::make_shared<Run>(engine_.net().get_executor());
    run->id = to_text("op_", io::random_number() >> 1);
    run->tenant = request.filter.tenant;
    if (request.filter.installation) run->installation = *request.filter.installation;
    runs_.push_back(run);
    if (runs_.size() > kKeptMax && runs_.front()->state != Operation::State::running) runs_.pop_front();
    tasks_.spawn(work(run, std::move(request)));
    return run->id;
}

std::shared_ptr<Recoveries::Run> Recoveries::find_run(const std::string& id) const {
    const auto found = std::ranges::find_if(runs_, [&](const auto& run) { return run->id == id; });
    return found == runs_.end() ? nullptr : *found;
}

const Operation* Recoveries::find(const std::string& id) const { return find_run(id).get(); }

io::Task<Result<Operation>> Recoveries::stop(std::string id) {
    const auto run = find_run(id);
    if (!run) co_return fail(Errc::not_found, "there is no operation " + id);
    if (run->state == Operation::State::running) run->state = Operation::State::stopped;
    // Who stops it wants to know how many were made, and the step under way makes some more.
    while (!run->has_ended) co_await run->ended.wait();
    co_return *run;
}

io::Task<void> Recoveries::work(std::shared_ptr<Run> run, RecoveryRequest request) {
    const auto total = co_await count(request, run);
    if (total) {
        run->total = total->deliveries;
        run->is_total_exact = total->is_all;
    }
    Sink sink = [this, run](std::vector<model::Delivery> deliveries) -> io::Task<Result<bool>> {
        if (run->state != Operation::State::running) co_return false;
        const auto count = deliveries.size();
        POSTHORN_CO_TRY(const auto ids, co_await engine_.make_deliveries(std::move(deliveries)));
        run->done += std::min(count, ids.size());
        co_return true;
    };
    const auto collected = co_await collect(std::move(request), kStep, std::move(sink));
    if (run->state == Operation::State::running) {
        run->state = collected ? Operation::State::done : Operation::State::failed;
        if (collected) run->is_total_exact = true;
        run->total = run->is_total_exact ? run->done : std::max(run->total, run->done);
        if (!collected) run->failure = posthorn::to_string(collected.error());
    }
    run->has_ended = true;
    run->ended.raise();
}

io::Task<Result<void>> Recoveries::collect(RecoveryRequest request, std::size_t step, Sink sink) {
    // What is made from now on is none of this operation's business.
    if (!request.filter.until) request.filter.until = wall_now();
    POSTHORN_CO_TRY(const bool goes_on, co_await collect_replays(request, step, sink));
    if (goes_on && request.with_missing) POSTHORN_CO_CHECK(co_await collect_missing(request, step, sink));
    co_return Result<void>();
}

io::Task<Result<bool>> Recoveries::collect_replays(RecoveryRequest request, std::size_t step, Sink sink) {
    std::optional<std::uint64_t> cursor;
    do {
        std::function<Result<state::DeliveryPage>(state::Reader&)> query =
            [request, cursor, step](state::Reader& reader) { return reader.deliveries(request.filter, cursor, step); };
        POSTHORN_CO_TRY(const auto page, co_await engine_.read(std::move(query)));
        const auto snapshot = engine_.registry().snapshot();
        std::vector<model::Delivery> deliveries;
        for (const auto& row : page.rows)
            // enabled and disabled told of a moment that is over.
            if (model::is_final(row.delivery.state) && row.delivery.webhook != model::kLifecycleWebhook &&
                !catalogue::is_made_by_posthorn(row.event_type) && can_receive(*snapshot, row.delivery.installation))
                deliveries.push_back(replay_of(row.delivery));
        if (!deliveries.empty()) {
            POSTHORN_CO_TRY(const bool goes_on, co_await sink(std::move(deliveries)));
            if (!goes_on) co_return false;
        }
        cursor = page.next;
    } while (cursor);
    co_return true;
}

io::Task<Result<bool>> Recoveries::collect_missing(RecoveryRequest request, std::size_t step, Sink sink) {
    const auto& filter = request.filter;
    std::optional<std::uint64_t> cursor;
    do {
        std::function<Result<state::EventPage>(state::Reader&)> query = [filter, cursor, step](state::Reader& reader) {
            return reader.events(filter.tenant, filter.event_type, filter.since, filter.until, cursor, step);
        };
        POSTHORN_CO_TRY(const auto page, co_await engine_.read(std::move(query)));
        std::vector<model::Delivery> deliveries;
        for (const auto& event : page.rows) {
            std::function<Result<std::vector<state::DeliveryRow>>(state::Reader&)> of_event =
                [id = event.id](state::Reader& reader) { return reader.deliveries_of(id); };
            const auto made = co_await engine_.read(std::move(of_event));
            if (!made) continue;  // Pruned meanwhile.
            std::set<std::pair<InstallationId, WebhookNumber>> had;
            for (const auto& row : *made) had.emplace(row.delivery.installation, row.delivery.webhook);
            const auto snapshot = engine_.registry().snapshot();
            for (const auto& [installation, webhook] : snapshot->webhooks_that_hear(filter.tenant, event.type)) {
                if (filter.installation && installation->id != *filter.installation) continue;
                if (had.contains({installation->id, webhook->number})) continue;
                // An event of the add-on's own life concerns nobody else.
                if (catalogue::is_made_by_posthorn(event.type)) continue;
                model::Delivery delivery;
                delivery.event = event.id;
                delivery.installation = installation->id;
                delivery.webhook = webhook->number;
                deliveries.push_back(delivery);
            }
        }
        if (!deliveries.empty()) {
            POSTHORN_CO_TRY(const bool goes_on, co_await sink(std::move(deliveries)));
            if (!goes_on) co_return false;
        }
        cursor = page.next;
    } while (cursor);
    co_return true;
}

}  // namespace posthorn::engine
