// What applying costs: one iteration is one group of 1000 events of 1 KB with one delivery each.

#include <cstdlib>

#include <benchmark/benchmark.h>

#include "state/test_journal.h"

namespace posthorn::state {
namespace {

enum class Outcomes { delivered, waiting };

std::vector<Numbered> group_of_1000(TestJournal& journal, Outcomes outcomes) {
    static const std::string payload(1024, ' ');
    std::vector<EventId> events;
    for (int i = 0; i < 1000; ++i) {
        journal.now += Millis(i % 2);
        events.push_back(journal.accept(
            {.targets = {{InstallationId{static_cast<std::uint64_t>(i % 10 + 1)}, 1}}, .payload = payload}));
    }
    if (outcomes == Outcomes::delivered)
        for (const auto event : events) journal.deliver(event);
    return journal.take();
}

void apply_groups(benchmark::State& run, Outcomes outcomes) {
    TestFolder folder;
    auto state = State::open(folder.path());
    if (!state) return run.SkipWithError(state.error().detail.c_str());
    TestJournal journal;
    for (auto unused : run) {
        static_cast<void>(unused);
        run.PauseTiming();
        const auto records = group_of_1000(journal, outcomes);
        run.ResumeTiming();
        if (const auto done = (*state)->apply(records); !done) return run.SkipWithError(done.error().detail.c_str());
    }
    run.SetItemsProcessed(run.iterations() * 1000);
}

void ApplyDelivered(benchmark::State& run) { apply_groups(run, Outcomes::delivered); }
void ApplyWaiting(benchmark::State& run) { apply_groups(run, Outcomes::waiting); }
BENCHMARK(ApplyDelivered)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(ApplyWaiting)->Unit(benchmark::kMillisecond)->UseRealTime();

void EncodeEvent(benchmark::State& run) {
    model::Event event;
    event.id = EventId{std::uint64_t{1} << 58};
    event.type = "jira:issue_created";
    event.payload = std::string(1024, ' ');
    const model::EventAccepted record{
        std::make_shared<const model::Event>(event), {{InstallationId{1}, 1}}, {"key", std::string(32, 'h')}};
    for (auto unused : run) {
        static_cast<void>(unused);
        std::string bytes;
        wire::encode(record, bytes);
        benchmark::DoNotOptimize(bytes.data());
    }
}
BENCHMARK(EncodeEvent);

}  // namespace
}  // namespace posthorn::state
