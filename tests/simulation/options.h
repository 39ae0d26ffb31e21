#pragma once
// What one simulated run is like; all of it follows from the seed.

#include <cstdint>
#include <vector>

#include "engine/scheduler.h"
#include "journal/journal_log.h"
#include "outcome/retry_schedule.h"
#include "tests/simulation/random.h"

namespace posthorn::simulation {

struct Options {
    engine::SchedulerLimits scheduler;
    std::uint64_t installations = 5;
    std::uint64_t receivers = 3;
    std::uint64_t tenants = 1;
    std::uint64_t ordered_one_in = 0;  ///< Installations that have an ordering.
    std::uint64_t rate_one_in = 0;  ///< Installations that have a rate.
    std::uint32_t concurrency_max = 4;
    std::size_t payload_bytes = 50;
    std::uint64_t targets_max = 3;
    bool has_sqlite = false;
    std::uint64_t segment_bytes = 1u << 20;
    std::size_t segments_max = 4;
    outcome::RetrySchedule schedule{{Millis(5'000), Millis(30'000), Millis(120'000)}, 0.2};
    Millis lifetime = std::chrono::hours(72);
    std::uint64_t actions = 300;
    Millis pause_max{40};            ///< Between two actions, most of the time.
    std::uint64_t crash_one_in = 0;  ///< Steps; 0 for never.
    std::uint64_t fault_one_in = 0;  ///< Actions that make the disk fail.
    std::size_t held_outcomes_max = 256;  ///< Beyond it nothing starts.
    std::uint64_t state_fault_one_in = 0;  ///< Applied groups that fail.
};

inline Options options_of(std::uint64_t seed) {
    using namespace std::chrono_literals;
    Random random(seed ^ 0x9e3779b97f4a7c15u);
    const auto pick = [&](std::initializer_list<std::uint64_t> values) {
        return *(values.begin() + static_cast<std::ptrdiff_t>(random.below(values.size())));
    };
    Options options;
    options.installations = pick({1, 2, 4, 8, 30, 60});
    options.actions = pick({100, 200, 400});
    if (seed % 25 == 7) {
        options.installations = pick({1000, 3000});
        options.actions = 600;
        options.targets_max = 60;
    }
    options.receivers = pick({1, 1 + options.installations / 4, 1 + options.installations / 2, options.installations});
    options.concurrency_max = static_cast<std::uint32_t>(pick({1, 2, 4, 20}));
    options.payload_bytes = pick({20, 100, 400});
    options.scheduler.attempts_max = pick({3, 20, 1024});
    options.scheduler.window = pick({2, 4, 16, 64, 512});
    options.scheduler.payload_bytes_max = pick({300, 3'000, 32u << 20, 32u << 20});
    options.has_sqlite = seed % 16 == 3;
    if (random.one_in(3)) {  // A ring that is full now and then.
        options.segment_bytes = 16u << 10;
        options.segments_max = pick({2, 3, 8});
    }
    if (random.one_in(3)) options.schedule = {{5s, 30s, 2min, 10min, 30min, 1h, 3h, 6h, 12h}, 0.2};
    options.pause_max = Millis(static_cast<std::int64_t>(pick({0, 5, 40, 400, 5000})));
    options.crash_one_in = pick({0, 2000, 300, 60});
    options.fault_one_in = pick({0, 0, 40, 10});
    options.state_fault_one_in = pick({0, 0, 30, 4});
    options.held_outcomes_max = pick({1, 8, 256});
    options.tenants = pick({1, 2, 5, options.installations});
    options.ordered_one_in = pick({0, 4, 1});
    options.lifetime = Millis(static_cast<std::int64_t>(pick({72, 72, 10, 1})) * 3'600'000);
    options.rate_one_in = pick({0, 0, 10, 2});
    if (options.has_sqlite) options.actions = 100;
    // Large and slow to recover, so it crashes less often.
    if (options.installations >= 1000) options.crash_one_in *= 30;
    return options;
}

}  // namespace posthorn::simulation
