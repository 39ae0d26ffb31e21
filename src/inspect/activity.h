#pragma once
// What happened when: counts and latencies of the last hour and day in buckets, kept in memory.

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/moment.h"
#include "model/record.h"

namespace posthorn::inspect {

/// A histogram of milliseconds, four buckets an octave from 0.25 ms to a minute: a percentile is right within a fifth.
class Latencies {
public:
    void count(double milliseconds);
    void add(const Latencies& other);
    /// `share` 0 to 1; nothing where nothing was counted.
    std::optional<double> percentile(double share) const;

private:
    static constexpr std::size_t kBuckets = 72;
    std::unique_ptr<std::array<std::uint32_t, kBuckets>> buckets_;  // Most add-ons are idle most of the time.
    std::uint64_t total_ = 0;
};

/// What happened within one step of time.
struct ActivityBucket {
    std::int64_t number = 0;  ///< Of the step, counted from the epoch.
    std::uint64_t accepted = 0;
    std::uint64_t delivered = 0;
    std::uint64_t retried = 0;  ///< Attempts that failed and are followed by another.
    std::uint64_t dead = 0;
    Latencies latencies;  ///< Of attempts that were answered.
    /// By cause, "status_503" or a failure's name; at most kCausesMax, then "other".
    std::vector<std::pair<std::string, std::uint64_t>> failures;
    std::optional<std::uint64_t> waiting;    ///< Sampled: how many deliveries wait.
    std::optional<Moment> oldest_waiting_at;  ///< With `waiting`: when the first of them is or was due.

    static constexpr std::size_t kCausesMax = 16;
};

/// Buckets of one width, the oldest first; steps in which nothing happened have none. Net thread only.
class ActivityTrack {
public:
    ActivityTrack(std::chrono::seconds step, std::size_t steps) : step_(step), steps_(steps) {}

    void on_accepted(Moment now);
    void on_attempt(Moment now, const model::AttemptEnded& ended);
    void on_sample(Moment now, std::uint64_t waiting, std::optional<Moment> oldest);

    std::chrono::seconds step() const { return step_; }
    std::size_t steps() const { return steps_; }
    std::int64_t number_of(Moment now) const { return now.time_since_epoch() / step_; }
    /// The last `steps()` up to `now`, null where nothing happened. Valid until the next change.
    std::vector<const ActivityBucket*> last(Moment now) const;

private:
    ActivityBucket& at(Moment now);

    std::chrono::seconds step_;
    std::size_t steps_;
    std::deque<ActivityBucket> buckets_;
};

/// One thing's activity: of a tenant, an add-on, or all.
struct Activity {
    ActivityTrack hour{std::chrono::seconds(15), 240};
    ActivityTrack day{std::chrono::minutes(5), 288};

    void on_accepted(Moment now);
    void on_attempt(Moment now, const model::AttemptEnded& ended);
    void on_sample(Moment now, std::uint64_t waiting, std::optional<Moment> oldest);
};

}  // namespace posthorn::inspect
