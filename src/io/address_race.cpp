#include "io/address_race.h"

#include <algorithm>
#include <memory>
#include <utility>

#include <boost/asio/this_coro.hpp>

#include "base/assert.h"
#include "io/endpoint_text.h"
#include "io/signal.h"
#include "io/task_group.h"

namespace posthorn::io {
namespace {

using Clock = std::chrono::steady_clock;

std::chrono::milliseconds until(Clock::time_point deadline) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    return std::max(left, std::chrono::milliseconds(0));
}

/// Shared by the racers, of which some may end after the race.
struct Race {
    explicit Race(Executor executor) : changed(executor) {}
    Signal changed;
    std::size_t running = 0;
    bool is_over = false;
    RaceResult result;
};

Task<void> run(std::shared_ptr<Race> race, Connector& connector, Endpoint endpoint, std::chrono::milliseconds timeout) {
    auto connected = co_await connector.connect(endpoint, timeout);
    --race->running;
    if (!race->is_over) {
        race->result.endpoint = endpoint;
        if (connected) {
            race->result.socket = *std::move(connected);
            race->is_over = true;
        } else {
            race->result.error = std::move(connected).error();
        }
    }
    race->changed.raise();
}

}  // namespace

Task<RaceResult> race_addresses(Connector& connector, std::vector<Endpoint> endpoints,
                                std::chrono::milliseconds next_after, Clock::time_point deadline) {
    POSTHORN_ASSERT(!endpoints.empty());
    if (endpoints.size() == 1) {  // Nearly always; saves the spawn.
        RaceResult result;
        result.endpoint = endpoints[0];
        auto connected = co_await connector.connect(endpoints[0], until(deadline));
        if (connected) {
            result.socket = *std::move(connected);
        } else {
            result.error = std::move(connected).error();
        }
        co_return result;
    }

    const Executor executor = co_await asio::this_coro::executor;
    const auto race = std::make_shared<Race>(executor);
    TaskGroup racers(executor);
    std::size_t next = 0;
    auto next_at = Clock::now();
    while (!race->is_over && Clock::now() < deadline) {
        if (next < endpoints.size() && (race->running == 0 || Clock::now() >= next_at)) {
            ++race->running;
            next_at = Clock::now() + next_after;
            racers.spawn(run(race, connector, endpoints[next++], until(deadline)));
            continue;  // It may have failed at once.
        }
        if (race->running == 0) break;
        const auto running = race->running;
        co_await race->changed.wait_until(next < endpoints.size() ? std::min(next_at, deadline) : deadline);
        // One that failed makes room for the next at once.
        if (race->running < running) next_at = Clock::now();
    }
    if (!race->result.socket && race->running > 0) {
        race->result.endpoint = endpoints[next - 1];
        race->result.error = fail(Errc::timeout, to_text(endpoints[next - 1]) + " did not answer in time");
    }
    race->is_over = true;
    co_return std::move(race->result);
}

}  // namespace posthorn::io
