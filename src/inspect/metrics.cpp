#include "inspect/metrics.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <limits>
#include <numeric>
#include <utility>

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include "base/id_time.h"
#include "version.h"

namespace posthorn::inspect {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

constexpr double kSecondsOfMicrosecond = 1e-6;

/// Families in the order in which they are added.
class Families {
public:
    void counter(std::string name, std::string help, std::uint64_t value) {
        counter(begin(std::move(name), std::move(help), MetricType::Counter), {}, value);
    }
    void gauge(std::string name, std::string help, double value) {
        auto& metric = begin(std::move(name), std::move(help), MetricType::Gauge).metric.emplace_back();
        metric.gauge.value = value;
    }
    MetricFamily& begin(std::string name, std::string help, MetricType type) {
        return all_.emplace_back(MetricFamily{std::move(name), std::move(help), type, {}});
    }
    static void counter(MetricFamily& family, std::vector<ClientMetric::Label> labels, std::uint64_t value) {
        auto& metric = family.metric.emplace_back();
        metric.label = std::move(labels);
        metric.counter.value = static_cast<double>(value);
    }

    /// One bucket for each doubling: the four within it are for quantiles.
    void histogram(std::string name, std::string help, const Histogram& values) {
        std::vector<std::pair<std::uint64_t, std::uint64_t>> buckets;
        std::uint64_t below = 0;
        for (std::size_t bucket = 0; bucket + 1 < Histogram::kBuckets; ++bucket) {
            below += values.in_bucket(bucket);
            if (bucket % 4 == 0) buckets.emplace_back(*Histogram::end_of(bucket), below);
        }
        histogram(std::move(name), std::move(help), buckets, values.total(), values.sum(), kSecondsOfMicrosecond);
    }
    void histogram(std::string name, std::string help, const journal::PowerHistogram& values, double unit) {
        std::vector<std::pair<std::uint64_t, std::uint64_t>> buckets;
        std::uint64_t below = 0;
        constexpr std::size_t kShown = 27;
        for (std::size_t bucket = 0; bucket < journal::PowerHistogram::kBuckets; ++bucket) {
            below += values.bucket(bucket);
            if (bucket < kShown) buckets.emplace_back((std::uint64_t{1} << bucket) - 1, below);
        }
        histogram(std::move(name), std::move(help), buckets, below, values.sum(), unit);
    }

    std::string text() const { return prometheus::TextSerializer().Serialize(all_); }

private:
    void histogram(std::string name, std::string help,
                   const std::vector<std::pair<std::uint64_t, std::uint64_t>>& buckets, std::uint64_t count,
                   std::uint64_t sum, double unit) {
        auto& metric = begin(std::move(name), std::move(help), MetricType::Histogram).metric.emplace_back();
        metric.histogram.sample_count = count;
        metric.histogram.sample_sum = static_cast<double>(sum) * unit;
        for (const auto& [bound, below] : buckets)
            metric.histogram.bucket.push_back({below, static_cast<double>(bound) * unit});
        metric.histogram.bucket.push_back({count, std::numeric_limits<double>::infinity()});
    }

    std::vector<MetricFamily> all_;
};

double resident_bytes() {
    std::ifstream statm("/proc/self/statm");
    double all = 0, resident = 0;
    statm >> all >> resident;
    return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double file_bytes(const std::string& path) {
    struct stat status = {};
    return ::stat(path.c_str(), &status) == 0 ? static_cast<double>(status.st_size) : 0;
}

void add_events(Families& families, const engine::EngineCounts& counts, const api::Router& router) {
    families.counter("posthorn_events_accepted_total", "Events that are durable.", counts.accepted);
    families.counter("posthorn_events_duplicate_total", "Posts whose idempotency key was used before.",
                     counts.duplicates);
    families.counter("posthorn_events_refused_total",
                     "Events that could not be taken: journal full or failing, limits.", counts.refused);
    auto& refused = families.begin("posthorn_http_refused_total", "Requests answered with a problem, by its type.",
                                   MetricType::Counter);
    for (const auto& [type, count] : router.refusals()) Families::counter(refused, {{"type", type}}, count);
}

void add_receivers(Families& families, const engine::Scheduler& scheduler) {
    auto all = scheduler.receivers(wall_now());
    std::array<std::size_t, 4> in_state{};
    for (const auto& receiver : all) ++in_state[static_cast<std::size_t>(receiver.state)];
    auto& states =
        families.begin("posthorn_receivers", "Receivers by the state of their circuit breaker.", MetricType::Gauge);
    for (std::size_t state = 0; state < in_state.size(); ++state) {
        auto& metric = states.metric.emplace_back();
        metric.label = {{"state", std::string(to_string(static_cast<engine::ReceiverState>(state)))}};
        metric.gauge.value = static_cast<double>(in_state[state]);
    }
    std::erase_if(all, [](const auto& receiver) { return receiver.state == engine::ReceiverState::closed; });
    std::ranges::sort(all, std::greater(), &engine::ReceiverStatus::failure_share);
    if (all.size() > Metrics::kReceiversMax) all.resize(Metrics::kReceiversMax);
    auto& share = families.begin("posthorn_receiver_failure_share",
                                 "Failed attempts of the last minute, 0 to 1, of receivers that are not closed.",
                                 MetricType::Gauge);
    for (const auto& receiver : all) {
        auto& metric = share.metric.emplace_back();
        metric.label = {{"receiver", receiver.name}, {"state", std::string(to_string(receiver.state))}};
        metric.gauge.value = receiver.failure_share;
    }
}

void add_store(Families& families, engine::Store& store, const std::string& folder) {
    auto& state = store.state();
    const auto& journal = store.journal().statistics();
    const auto& log = store.journal().log();
    const auto& figures = state.figures();
    families.histogram("posthorn_journal_commit_seconds", "Write and sync of a group of records.", journal.commit_us,
                       kSecondsOfMicrosecond);
    families.histogram("posthorn_journal_group_records", "Records that became durable together.", journal.group_records,
                       1);
    const auto ring = static_cast<double>(log.ring_bytes());
    families.gauge("posthorn_journal_fill", "How full the journal's ring is, 0 to 1; at 1 intake answers 503.",
                   ring > 0 ? 1 - static_cast<double>(log.free_bytes()) / ring : 0);
    families.gauge("posthorn_state_lag_records", "Durable records that the state has not applied yet.",
                   static_cast<double>(log.durable() - std::min(log.durable(), state.applied())));
    families.gauge("posthorn_state_trouble", "1 while records can't be applied (disk full, say).",
                   state.trouble().empty() ? 0 : 1);
    families.histogram("posthorn_state_commit_seconds", "Applying a group of records to the store.", figures.commit_us,
                       kSecondsOfMicrosecond);
    families.histogram("posthorn_state_group_records", "Records applied together.", figures.group_records, 1);
    families.counter("posthorn_events_pruned_total", "Events that retention removed.", figures.pruned);
    families.gauge("posthorn_store_bytes", "Size of the store's file and its write-ahead log.",
                   file_bytes(folder + "/posthorn.db") + file_bytes(folder + "/posthorn.db-wal"));
}

}  // namespace

Metrics::Metrics(MetricSources sources) : sources_(std::move(sources)) { sources_.engine.add_observer(*this); }

void Metrics::add_routes(api::Router& router) {
    router.add("GET", "/metrics", registry::Action::read_server, [this](api::Request&) -> io::Task<api::Answer> {
        std::function<Result<std::optional<Moment>>(state::Reader&)> query = [](state::Reader& reader) {
            return reader.oldest_waiting();
        };
        const auto oldest = co_await sources_.engine.read(std::move(query));
        http::Response response;
        response.headers.emplace_back("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
        response.body = text(oldest.value_or(std::nullopt));
        co_return response;
    });
}

void Metrics::on_attempt(const model::AttemptEnded& ended, const registry::Installation*, const model::Event& event) {
    const auto& attempt = ended.attempt;
    if (attempt.times.total_us >= 0) attempt_us_.count(static_cast<std::uint64_t>(attempt.times.total_us));
    // A replay is no first attempt of its event; its id was given out later.
    if (attempt.number == 1 && epoch_ms_of(ended.delivery.value) == epoch_ms_of(event.id.value))
        first_attempt_us_.count(static_cast<std::uint64_t>(
            std::max<std::int64_t>(0, epoch_ms(attempt.started_at) - epoch_ms(event.accepted_at)) * 1000));
    if (ended.verdict.state == model::DeliveryState::dead) ++dead_[static_cast<std::size_t>(ended.verdict.reason)];
}

std::string Metrics::text(std::optional<Moment> oldest) const {
    auto& engine = sources_.engine;
    const auto& counts = engine.counts();
    const auto& scheduler = engine.scheduler();
    Families families;
    auto& info = families.begin("posthorn_build_info", "Always 1.", MetricType::Gauge).metric.emplace_back();
    info.label = {{"version", POSTHORN_VERSION}};
    info.gauge.value = 1;
    add_events(families, counts, sources_.router);

    families.counter("posthorn_attempts_total", "Attempts that ended.", counts.attempts);
    families.counter("posthorn_deliveries_delivered_total", "Deliveries that were delivered.", counts.delivered);
    families.counter("posthorn_deliveries_retried_total", "Attempts that will be followed by another.", counts.retried);
    auto& dead = families.begin("posthorn_deliveries_dead_total", "Deliveries that were given up, by reason.",
                                MetricType::Counter);
    // What expires while it waits has no attempt that tells of it: it is what is left of all dead ones.
    auto by_reason = dead_;
    auto& expired = by_reason[static_cast<std::size_t>(model::DeadReason::deadline)];
    const auto told = std::accumulate(dead_.begin(), dead_.end(), std::uint64_t{0});
    expired += counts.dead - std::min(counts.dead, told);
    for (std::size_t reason = 1; reason < by_reason.size(); ++reason)
        Families::counter(dead, {{"reason", std::string(to_string(static_cast<model::DeadReason>(reason)))}},
                          by_reason[reason]);
    auto& failures = families.begin("posthorn_attempt_failures_total", "Attempts that did not deliver, by cause.",
                                    MetricType::Counter);
    for (const auto& [cause, count] : counts.failures) Families::counter(failures, {{"cause", cause}}, count);

    families.gauge("posthorn_attempts_under_way", "Attempts under way now.",
                   static_cast<double>(scheduler.attempts_under_way()));
    families.gauge("posthorn_deliveries_in_memory", "Deliveries that wait in memory to start.",
                   static_cast<double>(scheduler.waiting_in_memory()));
    families.gauge("posthorn_deliveries_waiting", "Deliveries that wait, in memory or not.",
                   static_cast<double>(engine.store().state().figures().waiting));
    families.gauge("posthorn_oldest_waiting_seconds", "Age of the oldest delivery that waits.",
                   oldest ? std::chrono::duration<double>(std::max(wall_now() - *oldest, Millis(0))).count() : 0);
    families.histogram("posthorn_accept_seconds", "From a checked event to its being durable.", counts.durable_us);
    families.histogram("posthorn_first_attempt_delay_seconds",
                       "From acceptance to the start of the first attempt, in whole milliseconds.", first_attempt_us_);
    families.histogram("posthorn_attempt_seconds", "An attempt, from its start to the end of the answer.", attempt_us_);
    add_receivers(families, scheduler);
    add_store(families, engine.store(), sources_.data_folder);
    families.gauge("posthorn_http_connections", "Open connections of clients.",
                   static_cast<double>(sources_.http.connections()));
    families.gauge("posthorn_receiver_connections_idle", "Connections to receivers kept for the next call.",
                   static_cast<double>(sources_.deliverer.idle_connections()));
    families.gauge("process_resident_memory_bytes", "Resident memory.", resident_bytes());
    return families.text();
}

}  // namespace posthorn::inspect
