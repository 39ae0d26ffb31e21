#pragma once
// A scheduler with a window of four, and what its tests tell it. Part of the tests.

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "engine/scheduler.h"

namespace posthorn::engine {

inline constexpr InstallationId kOne{1};
inline constexpr InstallationId kTwo{2};

inline model::EventPtr event(std::uint64_t n, std::size_t payload = 100,
                             Moment accepted_at = from_epoch_ms(1'000'000)) {
    auto made = std::make_shared<model::Event>();
    made->id = EventId{n << 12};
    made->accepted_at = accepted_at;
    made->payload.assign(payload, 'x');
    return made;
}

struct SchedulerTest : testing::Test {
    explicit SchedulerTest(std::size_t attempts_max = 100)
        : scheduler({.attempts_max = attempts_max, .window = 4, .payload_bytes_max = 10'000}, 0) {}

    void lane(InstallationId installation, std::string receiver, std::uint32_t concurrency = 2, bool is_held = false) {
        LaneConfig config;
        config.installation = installation;
        config.receiver = std::move(receiver);
        config.concurrency = concurrency;
        config.is_held = is_held;
        config.tenant = TenantId{1};
        step(LaneSet{std::move(config)});
    }
    void accept(std::uint64_t n, std::vector<InstallationId> to, std::size_t payload = 100) {
        Accepted accepted{event(n, payload, now), {}};
        for (const auto installation : to) accepted.targets.push_back({installation, 1});
        step(std::move(accepted));
    }
    void step(Input input) {
        commands.clear();
        scheduler.step(std::move(input), now, commands);
        for (const auto& start : commands.start) started.push_back(start.due.delivery);
    }
    void end(std::size_t index, model::Verdict verdict = {}) {
        const auto delivery = started.at(index);
        step(Ended{delivery.id, delivery.installation, verdict});
        step(Settled{delivery.id, delivery.installation});
    }
    state::Due waiting(std::uint64_t n, InstallationId installation) {
        state::Due due;
        due.delivery.made_at = now;
        due.event = event(n);
        due.delivery.id = delivery_of(due.event->id, 0);
        due.delivery.event = due.event->id;
        due.delivery.installation = installation;
        return due;
    }

    Moment now = from_epoch_ms(1'000'000);
    Scheduler scheduler;
    Commands commands;
    std::vector<model::Delivery> started;
};

}  // namespace posthorn::engine
