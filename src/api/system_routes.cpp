#include "api/system_routes.h"

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "api/json_answer.h"
#include "journal/commit_statistics.h"
#include "version.h"
#include "wire/duration.h"

namespace posthorn::api {

namespace {

/// Below this the journal may soon have no room.
constexpr std::uint64_t kFreeBytesLow = 1ULL << 30;

struct Space {
    std::uint64_t bytes = 0;
    std::uint64_t free_bytes = 0;
};

Space space_of(const std::string& folder) {
    Space space;
    std::error_code error;
    for (auto entry = std::filesystem::recursive_directory_iterator(folder, error);
         !error && entry != std::filesystem::recursive_directory_iterator(); entry.increment(error)) {
        std::error_code gone;  // Segments and SQLite's files come and go.
        const auto size = entry->is_regular_file(gone) ? entry->file_size(gone) : 0;
        if (!gone) space.bytes += size;
    }
    const auto whole = std::filesystem::space(folder, error);
    if (!error) space.free_bytes = whole.available;
    return space;
}

/// The upper bound of the bucket that holds the percentile, in milliseconds.
json::value percentile_ms(const journal::PowerHistogram& histogram, double share) {
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < journal::PowerHistogram::kBuckets; ++i) total += histogram.bucket(i);
    if (total == 0) return nullptr;
    auto left = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(total)));
    for (std::size_t i = 0; i < journal::PowerHistogram::kBuckets; ++i) {
        const auto here = histogram.bucket(i);
        if (left <= here) return json::value(static_cast<double>((std::uint64_t{1} << i) - 1) / 1000.0);
        left -= here;
    }
    return nullptr;
}

void add_finding(json::array& findings, std::string_view about, std::string_view health, std::string text) {
    findings.push_back(json::object{{"about", about}, {"health", health}, {"text", std::move(text)}});
}

json::array findings_of(engine::Engine& engine, const SystemFacts& facts, const Space& space,
                        const registry::Snapshot& snapshot) {
    json::array findings;
    if (const auto& trouble = engine.store().state().trouble(); !trouble.empty())
        add_finding(findings, "store", "bad", trouble);
    if (const auto refusal = engine.store().state().refusal(); refusal != engine::Refusal::none)
        add_finding(findings, "intake", "bad", "Events are refused: " + std::string(words_of(refusal)) + ".");
    if (space.free_bytes < kFreeBytesLow)
        add_finding(
            findings, "disk", "doubtful",
            fmt::format("Only {} MB are free where the store is: make room, or keep deliveries for a shorter time "
                        "(--retention).",
                        space.free_bytes >> 20));
    for (const auto& warning : facts.warnings) add_finding(findings, "start", "doubtful", warning);
    for (const auto* installation : snapshot.installations()) {
        if (installation->state != registry::InstallationState::enabled) continue;
        const auto* tenant = snapshot.find_tenant(installation->tenant);
        const auto name = (tenant != nullptr ? tenant->key + "/" : "") + installation->addon_key;
        if (installation->is_paused)
            add_finding(findings, name, "doubtful", "The add-on is paused: its events wait until it is resumed.");
        std::size_t paused = 0;
        for (const auto& webhook : installation->webhooks) paused += webhook.is_paused() ? 1 : 0;
        if (paused > 0)
            add_finding(
                findings, name, "bad",
                fmt::format("{} of its webhooks answered 410 and are paused: resume the add-on if it still wants "
                            "to hear.",
                            paused));
    }
    return findings;
}

io::Task<Answer> show(Request& request, engine::Engine& engine, const SystemFacts& facts) {
    // Files are looked at on a reader's thread: the net thread must not wait for a disk.
    std::function<Result<Space>(state::Reader&)> measure = [folder = facts.data](state::Reader&) -> Result<Space> {
        return space_of(folder);
    };
    const auto measured = co_await engine.read(std::move(measure));
    const auto space = measured.value_or(Space{});
    const auto& statistics = engine.store().journal().statistics();
    json::object store{{"bytes", space.bytes}, {"freeBytes", space.free_bytes}};
    store["commits"] = statistics.groups.load(std::memory_order_relaxed);
    store["commitP50Ms"] = percentile_ms(statistics.commit_us, 0.5);
    store["commitP99Ms"] = percentile_ms(statistics.commit_us, 0.99);

    json::object object{{"version", POSTHORN_VERSION}};
    object["startedAt"] = to_rfc3339(facts.started_at);
    object["publicUrl"] = facts.public_url;
    object["dev"] = facts.is_dev;
    object["retention"] = wire::format_duration(facts.retention);
    object["store"] = std::move(store);
    object["findings"] = findings_of(engine, facts, space, *request.snapshot);
    co_return json_response(200, json::value(std::move(object)));
}

}  // namespace

void add_system_routes(Router& router, engine::Engine& engine, SystemFacts facts) {
    auto shared = std::make_shared<const SystemFacts>(std::move(facts));
    router.add("GET", "/api/v1/system", registry::Action::read_server,
               [&engine, shared](Request& request) { return show(request, engine, *shared); });
}

}  // namespace posthorn::api
