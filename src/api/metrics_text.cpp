#include "api/metrics_text.h"

#include <fmt/format.h>

#include "version.h"

namespace posthorn::api {

namespace {

void metric(std::string& text, std::string_view name, std::string_view type, std::string_view help, double value) {
    text += fmt::format("# HELP {0} {1}\n# TYPE {0} {2}\n{0} {3}\n", name, help, type, value);
}

}  // namespace

std::string metrics_text(const engine::Engine& engine) {
    const auto& counts = engine.counts();
    const auto number = [](std::uint64_t value) { return static_cast<double>(value); };
    std::string text = fmt::format("# HELP posthorn_info The version.\n# TYPE posthorn_info gauge\nposthorn_info{{version=\"{}\"}} 1\n",
                                   POSTHORN_VERSION);
    metric(text, "posthorn_events_accepted_total", "counter", "Events that are durable.", number(counts.accepted));
    metric(text, "posthorn_events_duplicate_total", "counter", "Posts whose idempotency key was used before.", number(counts.duplicates));
    metric(text, "posthorn_events_refused_total", "counter", "Events that the journal could not take.", number(counts.refused));
    metric(text, "posthorn_attempts_total", "counter", "Attempts that ended.", number(counts.attempts));
    metric(text, "posthorn_deliveries_delivered_total", "counter", "Deliveries that were delivered.", number(counts.delivered));
    metric(text, "posthorn_deliveries_retried_total", "counter", "Attempts that will be followed by another.", number(counts.retried));
    metric(text, "posthorn_deliveries_dead_total", "counter", "Deliveries that were given up.", number(counts.dead));
    text += "# HELP posthorn_attempt_failures_total Attempts that did not deliver, by cause.\n"
            "# TYPE posthorn_attempt_failures_total counter\n";
    for (const auto& [cause, count] : counts.failures)
        text += fmt::format("posthorn_attempt_failures_total{{cause=\"{}\"}} {}\n", cause, count);
    metric(text, "posthorn_attempts_under_way", "gauge", "Attempts under way now.",
           number(engine.scheduler().attempts_under_way()));
    metric(text, "posthorn_deliveries_in_memory", "gauge", "Deliveries that wait in memory to start.",
           number(engine.scheduler().waiting_in_memory()));
    return text;
}

}  // namespace posthorn::api
