// The whole engine on a simulated clock and a faulty disk, with a crash at any step, from one seed.
//   POSTHORN_SIMULATE_SEED=17 simulation_tests      replays one seed
//   POSTHORN_SIMULATE_MINUTES=10 simulation_tests   new seeds for that long

#include <stdlib.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "tests/simulation/story.h"

namespace posthorn::simulation {
namespace {

constexpr std::uint64_t kSeeds = 200;

/// A new folder in memory, where there is such a place, that goes away.
class Folder {
public:
    Folder() {
        const std::filesystem::path memory = "/dev/shm";
        std::string name = ((std::filesystem::exists(memory) ? memory : std::filesystem::temp_directory_path()) /
                            "posthorn-simulation-XXXXXX")
                               .string();
        EXPECT_NE(mkdtemp(name.data()), nullptr);
        path_ = name;
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    const std::string& path() const { return path_; }

private:
    std::string path_;
};

std::optional<std::uint64_t> number_of(const char* name) {
    const char* text = std::getenv(name);
    return text == nullptr ? std::nullopt : std::optional(std::strtoull(text, nullptr, 10));
}

/// False when something was violated.
bool holds(std::uint64_t seed, Tale& sum) {
    const Folder folder;
    const auto tale = tell(seed, folder.path());
    sum.happenings += tale.happenings;
    sum.deliveries += tale.deliveries;
    sum.starts += tale.starts;
    sum.repeats += tale.repeats;
    sum.delivered += tale.delivered;
    sum.crashes += tale.crashes;
    sum.uninstalls += tale.uninstalls;
    sum.openings += tale.openings;
    sum.expired += tale.expired;
    EXPECT_EQ(tale.violation, "") << "seed " << seed << "; replay it with POSTHORN_SIMULATE_SEED=" << seed;
    return tale.violation.empty();
}

void print(const Tale& sum, std::uint64_t seeds) {
    std::cout << seeds << " seeds: " << sum.happenings << " happenings, " << sum.crashes << " crashes, "
              << sum.uninstalls << " uninstalls, " << sum.deliveries << " deliveries, " << sum.starts << " attempts ("
              << sum.repeats << " may be repeats), " << sum.delivered << " delivered, " << sum.openings
              << " breakers opened, " << sum.expired << " expired\n";
}

TEST(Simulation, EveryDeliveryEndsOnceWhateverHappens) {
    Tale sum;
    if (const auto seed = number_of("POSTHORN_SIMULATE_SEED")) {
        holds(*seed, sum);
        return print(sum, 1);
    }
    const auto minutes = number_of("POSTHORN_SIMULATE_MINUTES");
    const auto until = std::chrono::steady_clock::now() + std::chrono::minutes(minutes.value_or(0));
    std::uint64_t seed = 1, seeds = 0;
    if (minutes) seed = std::random_device{}();
    const auto goes_on = [&] { return minutes ? std::chrono::steady_clock::now() < until : seeds < kSeeds; };
    for (; goes_on(); ++seed, ++seeds)
        if (!holds(seed, sum)) break;
    print(sum, seeds);
}

TEST(Simulation, TheSameSeedTellsTheSameStory) {
    for (const std::uint64_t seed : {5, 19}) {  // With a model of the state, and with SQLite.
        Tale first, second;
        holds(seed, first);
        holds(seed, second);
        EXPECT_EQ(first.happenings, second.happenings);
        EXPECT_EQ(first.starts, second.starts);
    }
}

}  // namespace
}  // namespace posthorn::simulation
