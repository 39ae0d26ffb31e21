#pragma once
// GET /metrics, in Prometheus' text format.

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "api/router.h"
#include "base/histogram.h"
#include "deliver/deliverer.h"
#include "engine/engine.h"
#include "http/server.h"

namespace posthorn::inspect {

/// Where the numbers come from. All outlive the metrics.
struct MetricSources {
    engine::Engine& engine;
    const api::Router& router;
    const http::Server& http;
    const deliver::Deliverer& deliverer;
    std::string data_folder;  ///< Of the store.
};

/// What is counted on the way is a plain increment; everything is put together when it is asked for. Labels are bounded:
/// causes by the statuses and failures that there are, refusals by the problems that the API knows, and only receivers
/// that are not closed have series of their own, kReceiversMax at most. Net thread.
class Metrics : public engine::Observer {
public:
    static constexpr std::size_t kReceiversMax = 100;

    explicit Metrics(MetricSources sources);

    /// Adds GET /metrics.
    void add_routes(api::Router& router);
    /// `oldest` is when the oldest delivery that waits was made.
    std::string text(std::optional<Moment> oldest) const;

    void on_accepted(const model::Event&, std::size_t) override {}
    void on_attempt(const model::AttemptEnded& ended, const registry::Installation* installation,
                    const model::Event& event) override;

private:
    MetricSources sources_;
    Histogram attempt_us_;
    Histogram first_attempt_us_;
    std::array<std::uint64_t, 6> dead_{};  // By model::DeadReason.
};

}  // namespace posthorn::inspect
