// What lists and counts cost in a store of a million attempts; POSTHORN_BENCH_ATTEMPTS=10000000 makes it ten.
// One tenant of ten has nine tenths; of 1000 add-ons the first hear much and the last little; of 20 types the same.
// 90 % succeed at once, 8 % at the second attempt, 1 % are dead, 0.5 % wait, 0.5 % were cancelled.

#include <cstdlib>
#include <filesystem>

#include <benchmark/benchmark.h>

#include "state/test_journal.h"

namespace posthorn::state {
namespace {

using model::DeliveryState;

constexpr std::uint64_t kAddOns = 1000;

/// On the disk, for ten million attempts are several gigabytes.
class Store {
public:
    static Store& made() {
        static Store store;
        return store;
    }

    Reader& reader() { return *reader_; }
    Moment at(double share) const {
        return from_epoch_ms(began_ + static_cast<std::int64_t>(share * static_cast<double>(ended_ - began_)));
    }

    ~Store() {
        reader_.reset();
        state_.reset();
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }

private:
    Store() : folder_((std::filesystem::temp_directory_path() / "posthorn-lists-bench").string()) {
        std::filesystem::remove_all(folder_);
        std::filesystem::create_directories(folder_);
        state_ = std::move(State::open(folder_)).value();
        const char* wanted = std::getenv("POSTHORN_BENCH_ATTEMPTS");
        const std::uint64_t attempts = wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : 1'000'000;
        began_ = epoch_ms(journal_.now);
        for (std::uint64_t made = 0; made < attempts; made += group()) {
        }
        ended_ = epoch_ms(journal_.now);
        reader_ = std::move(state_->make_reader()).value();
    }

    std::uint64_t random() {
        return seed_ = seed_ * 6'364'136'223'846'793'005 + 1'442'695'040'888'963'407, seed_ >> 33;
    }
    /// Small numbers more often than great ones, by the square.
    std::uint64_t skewed(std::uint64_t below) {
        const auto uniform = static_cast<double>(random() % 1'000'000) / 1e6;
        return static_cast<std::uint64_t>(uniform * uniform * static_cast<double>(below));
    }

    /// A second of 1000 events with ten deliveries each; returns how many attempts that were.
    std::uint64_t group() {
        std::uint64_t attempts = 0;
        static const std::string payload(200, ' ');
        for (int i = 0; i < 1000; ++i) {
            ++journal_.now;
            TestEvent event;
            event.tenant = TenantId{random() % 10 < 9 ? 1 : random() % 9 + 2};
            event.type = "type_" + std::to_string(skewed(20));
            event.payload = payload;
            event.targets.clear();
            for (int n = 0; n < 10; ++n)
                event.targets.push_back({InstallationId{event.tenant.value * kAddOns + skewed(kAddOns)}, 1});
            const auto id = journal_.accept(event);
            for (std::size_t n = 0; n < 10; ++n, ++attempts) {
                const auto luck = random() % 1000;
                if (luck < 900) journal_.deliver(id, n);
                else if (luck < 980) {
                    journal_.fail_until(id, journal_.now + Millis(5000), n);
                    journal_.deliver(id, n);
                    ++attempts;
                } else if (luck < 990) journal_.kill(id, n);
                else if (luck < 995) journal_.fail_until(id, journal_.now + Millis(5000), n);
                else journal_.put(model::DeliveriesCancelled{{delivery_of(id, n)}, {}, journal_.now});
            }
        }
        const auto done = state_->apply(journal_.take());
        POSTHORN_ASSERT(done.has_value());
        return attempts;
    }

    std::string folder_;
    std::unique_ptr<State> state_;
    std::unique_ptr<Reader> reader_;
    TestJournal journal_;
    std::int64_t began_ = 0, ended_ = 0;
    std::uint64_t seed_ = 7;
};

struct Wanted {
    std::uint64_t tenant = 1;
    std::optional<std::uint64_t> addon;  // Of 1000.
    std::optional<const char*> type;
    std::optional<DeliveryState> state;
    bool is_in_the_middle = false;
};

DeliveryFilter filter_of(const Wanted& wanted) {
    DeliveryFilter filter;
    filter.tenant = TenantId{wanted.tenant};
    if (wanted.addon) filter.installation = InstallationId{wanted.tenant * kAddOns + *wanted.addon};
    filter.event_type = wanted.type;
    filter.state = wanted.state;
    if (wanted.is_in_the_middle) {
        filter.since = Store::made().at(0.4);
        filter.until = Store::made().at(0.5);
    }
    return filter;
}

void list(benchmark::State& run, const Wanted& wanted) {
    auto& reader = Store::made().reader();
    const auto filter = filter_of(wanted);
    std::size_t rows = 0;
    bool is_short = false;
    for (auto unused : run) {
        static_cast<void>(unused);
        const auto page = reader.deliveries(filter, {}, 50);
        if (!page) return run.SkipWithError(page.error().detail.c_str());
        rows = page->rows.size();
        is_short = rows < 50 && page->next;
    }
    run.counters["rows"] = static_cast<double>(rows);
    run.counters["short"] = is_short ? 1 : 0;
}

void count(benchmark::State& run, const Wanted& wanted) {
    auto& reader = Store::made().reader();
    const auto filter = filter_of(wanted);
    for (auto unused : run) {
        static_cast<void>(unused);
        const auto found = reader.count_deliveries(filter, 100'000);
        if (!found) return run.SkipWithError(found.error().detail.c_str());
        run.counters["counted"] = static_cast<double>(found->deliveries);
    }
}

void events(benchmark::State& run, std::optional<std::string> type) {
    for (auto unused : run) {
        static_cast<void>(unused);
        const auto page = Store::made().reader().events(TenantId{1}, type, {}, {}, {}, 50);
        if (!page) return run.SkipWithError(page.error().detail.c_str());
    }
}

void waiting(benchmark::State& run) {
    for (auto unused : run) {
        static_cast<void>(unused);
        benchmark::DoNotOptimize(Store::made().reader().waiting());
    }
}

constexpr auto kDead = DeliveryState::dead;
constexpr auto kRetrying = DeliveryState::retrying;
constexpr auto kDelivered = DeliveryState::delivered;
#define POSTHORN_LIST(...) BENCHMARK_CAPTURE(list, __VA_ARGS__)->Unit(benchmark::kMillisecond)
POSTHORN_LIST(tenant, {});
POSTHORN_LIST(small_tenant, {.tenant = 7});
POSTHORN_LIST(addon, {.addon = 0});
POSTHORN_LIST(quiet_addon, {.addon = 990});
POSTHORN_LIST(type, {.type = "type_0"});
POSTHORN_LIST(rare_type, {.type = "type_19"});
POSTHORN_LIST(addon_type, {.addon = 990, .type = "type_19"});
POSTHORN_LIST(dead, {.state = kDead});
POSTHORN_LIST(retrying, {.state = kRetrying});
POSTHORN_LIST(pending, {.state = DeliveryState::pending});
POSTHORN_LIST(cancelled, {.state = DeliveryState::cancelled});
POSTHORN_LIST(delivered, {.state = kDelivered});
POSTHORN_LIST(addon_dead, {.addon = 990, .state = kDead});
POSTHORN_LIST(type_dead, {.type = "type_19", .state = kDead});
POSTHORN_LIST(addon_type_dead, {.addon = 500, .type = "type_19", .state = kDead});
POSTHORN_LIST(addon_delivered, {.addon = 990, .state = kDelivered});
POSTHORN_LIST(time, {.is_in_the_middle = true});
POSTHORN_LIST(addon_time, {.addon = 990, .is_in_the_middle = true});
POSTHORN_LIST(type_time, {.type = "type_19", .is_in_the_middle = true});
POSTHORN_LIST(dead_time, {.state = kDead, .is_in_the_middle = true});
POSTHORN_LIST(all_four, {.addon = 500, .type = "type_19", .state = kRetrying, .is_in_the_middle = true});
BENCHMARK_CAPTURE(count, dead, {.state = kDead})->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(count, addon_dead, {.addon = 0, .state = kDead})->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(count, delivered, {.state = kDelivered})->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(count, dead_time, {.state = kDead, .is_in_the_middle = true})->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(events, all, std::nullopt)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(events, rare_type, "type_19")->Unit(benchmark::kMillisecond);
BENCHMARK(waiting)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace posthorn::state
