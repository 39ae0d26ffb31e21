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
    auto count = std::make_shared<state::Count>();
    Sink sink = [count](std::vector<model::Delivery> deliveries) -> io::Task<Result<bool>> {
        count->deliveries += deliveries.size();
        count->is_all = count->deliveries <= kCountMax;
        count->deliveries = std::min(count->deliveries, kCountMax);
        co_return count->is_all;
    };
    POSTHORN_CO_CHECK(co_await collect(std::move(request), kCountStep, std::move(sink)));
    co_return *count;
}

Result<std::string> Recoveries::start(RecoveryRequest request) {
    const auto running = std::ranges::count_if(
        operations_, [](const auto& operation) { return operation->state == Operation::State::running; });
    if (static_cast<std::size_t>(running) >= kRunningMax)
        return fail(Errc::full, "too many operations are running; wait for one to end, or stop one");
    auto operation = std::make_shared<Operation>();
    operation->id = to_text("op_", io::random_number() >> 1);
    operation->tenant = request.filter.tenant;
    if (request.filter.installation) operation->installation = *request.filter.installation;
    operations_.push_back(operation);
    if (operations_.size() > kKeptMax && operations_.front()->state != Operation::State::running) operations_.pop_front();
    tasks_.spawn(run(operation, std::move(request)));
    return operation->id;
}

const Operation* Recoveries::find(const std::string& id) const {
    const auto found = std::ranges::find_if(operations_, [&](const auto& operation) { return operation->id == id; });
    return found == operations_.end() ? nullptr : found->get();
}

Result<void> Recoveries::stop(const std::string& id) {
    const auto found = std::ranges::find_if(operations_, [&](const auto& operation) { return operation->id == id; });
    if (found == operations_.end()) return fail(Errc::not_found, "there is no operation " + id);
    if ((*found)->state == Operation::State::running) (*found)->state = Operation::State::stopped;
    return {};
}

io::Task<void> Recoveries::run(std::shared_ptr<Operation> operation, RecoveryRequest request) {
    const auto total = co_await preview(request);
    if (total) {
        operation->total = total->deliveries;
        operation->is_total_exact = total->is_all;
    }
    Sink sink = [this, operation](std::vector<model::Delivery> deliveries) -> io::Task<Result<bool>> {
        if (operation->state != Operation::State::running) co_return false;
        const auto count = deliveries.size();
        POSTHORN_CO_TRY(const auto ids, co_await engine_.make_deliveries(std::move(deliveries)));
        operation->done += std::min(count, ids.size());
        co_return true;
    };
    const auto collected = co_await collect(std::move(request), kStep, std::move(sink));
    if (operation->state != Operation::State::running) co_return;
    operation->state = collected ? Operation::State::done : Operation::State::failed;
    if (collected) operation->is_total_exact = true;
    operation->total = operation->is_total_exact ? operation->done : std::max(operation->total, operation->done);
    if (!collected) operation->failure = posthorn::to_string(collected.error());
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
        std::function<Result<state::DeliveryPage>(state::Reader&)> query = [request, cursor, step](state::Reader& reader) {
            return reader.deliveries(request.filter, cursor, step);
        };
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
