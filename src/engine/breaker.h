#pragma once
// The circuit breaker of one receiver.

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "base/moment.h"
#include "model/delivery.h"

namespace posthorn::engine {

/// Numbers and reasons: docs/decisions/0016-breaker-and-limits.md.
struct BreakerRules {
    Millis window{60'000};
    std::uint32_t results_min = 20;    ///< In the window, before its share counts.
    double share = 0.5;                ///< Of failures, at which it opens.
    std::uint32_t streak_min = 10;     ///< Or: nothing but failures, so many,
    Millis streak_for{60'000};         ///< for so long. Receivers with few calls never fill the window.
    std::uint32_t relapse_min = 5;     ///< In place of results_min, within a window of closing.
    Millis probe_first{2'000};         ///< From opening to the first probe; doubles with each that fails,
    Millis probe_most{60'000};         ///< up to this.
    Millis gives_up_after{24 * 3600 * 1000};  ///< Nothing but failures for so long: it is given up.
};

/// What a failure was, for the reason that people read.
struct FailureCause {
    std::uint16_t status = 0;  ///< 0 when no answer came.
    model::Failure failure = model::Failure::none;
};

/// Closed: calls go out and are counted. Open: none goes out until next_probe(). Half open: one is out, and its result
/// decides. What began before it opened and ends later does not count any more. Pure: it is told the time.
class Breaker {
public:
    enum class State : std::uint8_t { closed, open, half_open };

    explicit Breaker(BreakerRules rules = {}) : rules_(rules) {}

    State state() const { return state_; }
    bool is_closed() const { return state_ == State::closed; }

    void on_success(Moment now) {
        failing_since_.reset();
        streak_ = 0;
        if (state_ == State::closed) ++bucket(now).good;
    }
    /// True when it opened.
    bool on_failure(FailureCause cause, Moment now);

    /// The probe goes out; only while open.
    void begin_probe(Moment now);
    void on_probe_success(Moment now);
    void on_probe_failure(FailureCause cause, Moment now);
    /// It came to nothing: another may go at `again_at`.
    void drop_probe(Moment now, Moment again_at);

    /// Somebody asked for another chance (an add-on was resumed, or is new): if it is open, a probe may go at once, and
    /// the time until it is given up begins anew.
    void give_chance(Moment now);
    /// It was open when the program ended: a probe decides what it is now.
    void open_as_before(Moment failing_since, Moment now);

    /// Only while open.
    Moment next_probe() const { return next_probe_; }
    /// When it opened last, or when it closed last; none when it was closed ever since the start.
    std::optional<Moment> since() const { return since_; }
    /// The first of the failures that no success has interrupted.
    std::optional<Moment> failing_since() const { return failing_since_; }
    bool is_given_up(Moment now) const { return failing_since_ && now >= *failing_since_ + rules_.gives_up_after; }
    /// 0 to 1, of the window.
    double failure_share(Moment now) const;
    /// A sentence; empty while closed.
    std::string reason() const;

private:
    static constexpr std::size_t kBuckets = 6;
    struct Bucket {
        std::uint32_t good = 0;
        std::uint32_t bad = 0;
    };
    struct Sum {
        std::uint32_t bad = 0;
        std::uint32_t all = 0;
    };

    Millis::rep bucket_number(Moment now) const {
        return now.time_since_epoch() / (rules_.window / static_cast<Millis::rep>(kBuckets));
    }
    Bucket& bucket(Moment now) {
        const auto number = bucket_number(now);
        if (number != last_bucket_) move_on(number);
        return buckets_[static_cast<std::size_t>(number) % kBuckets];
    }
    void move_on(Millis::rep number);
    Sum sum(Moment now) const;
    void open(Moment now, Millis wait);
    void enter(State state, Moment now);

    BreakerRules rules_;
    State state_ = State::closed;
    std::array<Bucket, kBuckets> buckets_{};
    Millis::rep last_bucket_ = 0;
    std::uint32_t streak_ = 0;
    std::optional<Moment> failing_since_;
    std::optional<Moment> since_;
    Moment next_probe_{};
    Millis probe_wait_{0};  // The last; 0 when the next is the first.
    Sum opened_with_;
    FailureCause cause_;
    bool was_open_before_start_ = false;
};

}  // namespace posthorn::engine
