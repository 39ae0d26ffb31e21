// Deliveries that were not made in time, wherever they wait.

#include <algorithm>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "engine/engine.h"

namespace posthorn::engine {

namespace {

// A delivery may be dead later than its deadline by this, or by a twentieth of its lifetime.
constexpr Millis kSweepMost = std::chrono::minutes(10);
constexpr Millis kSweepLeast{250};
// More than the scheduler may know of.
constexpr std::size_t kExpiredAtOnce = 5000;

}  // namespace

LaneConfig Engine::lane_of(const registry::Installation& installation, const registry::Snapshot& snapshot) const {
    auto config = lane_config(installation, snapshot, options_.defaults);
    config.lifetime = options_.lifetime;
    return config;
}

Moment Engine::deadline_of(const model::Delivery& delivery) const {
    const auto snapshot = registry_.snapshot();
    const auto* installation = snapshot->find_installation(delivery.installation);
    if (installation == nullptr) return delivery.made_at + options_.lifetime;
    if (installation->is_paused) return Moment::max();
    return outcome::deadline_of(delivery.made_at, options_.lifetime, installation->pauses);
}

void Engine::set_sweep() {
    const auto wait = std::clamp(options_.lifetime / 20, kSweepLeast, kSweepMost);
    sweep_timer_.set(wheel_, wait, [this] { io::asio::co_spawn(net_.get_executor(), sweep(), io::asio::detached); });
}

io::Task<void> Engine::sweep() {
    std::function<Result<std::vector<state::Waiting>>(state::Reader&)> query = [](state::Reader& reader) {
        return reader.waiting();
    };
    // Behind a person's questions: nothing waits for it.
    const auto all = co_await store_.state().read(Lane::api, std::move(query));
    if (all) {
        for (const auto& waiting : *all) {
            const auto snapshot = registry_.snapshot();
            const auto* installation = snapshot->find_installation(waiting.installation);
            if (installation == nullptr || installation->is_paused) continue;
            const auto last =
                last_id_at(epoch_ms(outcome::overdue_up_to(wall_now(), options_.lifetime, installation->pauses)));
            if (waiting.oldest.value > last) continue;
            for (;;) {
                auto deliveries = co_await overdue(waiting.installation, last);
                if (deliveries.empty()) break;
                co_await expire_waiting(waiting.installation, std::move(deliveries));
            }
        }
    }
    set_sweep();
}

io::Task<std::vector<DeliveryId>> Engine::overdue(InstallationId installation, std::uint64_t last) {
    std::function<Result<std::vector<DeliveryId>>(state::Reader&)> query = [installation, last](state::Reader& reader) {
        return reader.waiting_up_to(installation, last, kExpiredAtOnce);
    };
    auto found = co_await store_.state().read(Lane::api, std::move(query));
    if (!found) co_return std::vector<DeliveryId>();
    // What the scheduler has it looks at itself, before it starts it.
    std::erase_if(*found, [this](DeliveryId id) { return scheduler_.knows(id); });
    co_return *std::move(found);
}

io::Task<bool> Engine::record_expired(std::vector<DeliveryId> deliveries) {
    model::DeliveriesExpired expired{deliveries, wall_now()};
    model::Record record = std::move(expired);
    const bool is_taken = co_await append_until_taken(std::move(record));
    if (!is_taken) co_return false;
    counts_.dead += deliveries.size();
    co_return true;
}

io::Task<void> Engine::expire(Expired expired) {
    const bool is_recorded = co_await record_expired(expired.deliveries);
    if (!is_recorded) co_return;
    for (const auto id : expired.deliveries) step(Settled{id, expired.installation});
}

io::Task<void> Engine::expire_waiting(InstallationId installation, std::vector<DeliveryId> deliveries) {
    const bool is_recorded = co_await record_expired(deliveries);
    if (!is_recorded) co_return;
    // Some may have been loaded meanwhile.
    Cancelled gone{std::move(deliveries)};
    step(std::move(gone));
    DueInState behind{installation, wall_now()};
    step(std::move(behind));  // Others of their order may have waited for them.
}

}  // namespace posthorn::engine
