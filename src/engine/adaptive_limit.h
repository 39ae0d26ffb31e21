#pragma once
// How many calls at once a receiver gets: grown and shrunk by what it can take.

#include <cstddef>
#include <cstdint>

#include "base/moment.h"

namespace posthorn::engine {

/// Additive increase, multiplicative decrease (as TCP, RFC 5681, and Netflix's concurrency-limits): one place more
/// after as many successes as there are places, while all are used; half of them when a call tells of overload;
/// three quarters when answers take four times as long as they used to. Never below 1. A pure value.
class AdaptiveLimit {
public:
    struct Bounds {
        std::uint32_t start = 1;  ///< Where it begins.
        std::uint32_t most = 1;   ///< How far it grows; at least `start`.
    };

    /// Moves with `start`; what was learned stays.
    void set_bounds(Bounds bounds);

    std::uint32_t value() const { return static_cast<std::uint32_t>(limit_); }

    /// A call was answered well. `under_way` counts it too. One addition or two, for it is on the hot path.
    void on_success(Moment started_at, Millis took, std::size_t under_way, Moment now) {
        if (proven_ < limit_) proven_ = limit_;
        if (note_time(took) && started_at > shrunk_at_) return shrink(kWhenSlow, now);
        if (under_way < value() || limit_ >= most_) return;
        // Below what it took before it may double with each round; above, it feels its way.
        limit_ += limit_ < regains_ ? 1.0 : 1.0 / limit_;
        if (limit_ > most_) limit_ = most_;
    }

    /// A call timed out, found no connection, or was answered 429 or 503. Calls that began before the last time it
    /// shrank tell nothing new.
    void on_overload(Moment started_at, Moment now) {
        if (started_at > shrunk_at_) shrink(kWhenOverloaded, now);
    }

    /// After an outage: begins with one, and regains what the receiver took before in rounds that double.
    void begin_anew(Moment now);

private:
    static constexpr double kWhenOverloaded = 0.5;
    static constexpr double kWhenSlow = 0.75;

    void shrink(double factor, Moment now);
    /// True when answers take much longer than they used to.
    bool note_time(Millis took) {
        const auto ms = static_cast<double>(took.count());
        if (usual_ms_ < 0) usual_ms_ = recent_ms_ = ms;
        recent_ms_ += (ms - recent_ms_) / 16;
        usual_ms_ += (ms - usual_ms_) / (ms < usual_ms_ ? 16 : 256);
        return recent_ms_ > 4 * usual_ms_ + kSlowMs;
    }

    // Below a quarter of a second more, it is our own machine's load as likely as theirs.
    static constexpr double kSlowMs = 250;

    double limit_ = 1;
    double most_ = 1;
    std::uint32_t start_ = 1;
    double proven_ = 0;   // The highest at which a call was answered well.
    double regains_ = 0;  // Up to here it grows fast.
    Moment shrunk_at_{};
    double usual_ms_ = -1;  // Falls fast and rises slowly.
    double recent_ms_ = -1;
};

}  // namespace posthorn::engine
