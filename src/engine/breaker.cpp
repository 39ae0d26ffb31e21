#include "engine/breaker.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/assert.h"

namespace posthorn::engine {

bool Breaker::on_failure(FailureCause cause, Moment now) {
    cause_ = cause;
    if (!failing_since_) failing_since_ = now;
    ++streak_;
    if (state_ != State::closed) return false;
    ++bucket(now).bad;

    const auto counted = sum(now);
    const bool is_relapse = since_ && now < *since_ + rules_.window;
    const auto results_min = is_relapse ? rules_.relapse_min : rules_.results_min;
    const bool is_bad_share = counted.all >= results_min && counted.bad >= rules_.share * counted.all;
    const bool is_bad_streak = streak_ >= rules_.streak_min && now >= *failing_since_ + rules_.streak_for;
    if (!is_bad_share && !is_bad_streak) return false;
    opened_with_ = is_bad_share ? counted : Sum{};
    // One that has just closed goes on where its probes were.
    if (!is_relapse) probe_wait_ = Millis(0);
    was_open_before_start_ = false;
    open(now, std::clamp(probe_wait_ * 2, rules_.probe_first, rules_.probe_most));
    return true;
}

void Breaker::open(Moment now, Millis wait) {
    probe_wait_ = wait;
    next_probe_ = now + wait;
    enter(State::open, now);
}

void Breaker::enter(State state, Moment now) {
    // A probe is a moment within an outage, which began when it opened.
    if ((state == State::closed) != (state_ == State::closed)) since_ = now;
    state_ = state;
}

void Breaker::begin_probe(Moment now) {
    POSTHORN_ASSERT(state_ == State::open);
    enter(State::half_open, now);
}

void Breaker::on_probe_success(Moment now) {
    POSTHORN_ASSERT(state_ == State::half_open);
    buckets_ = {};
    streak_ = 0;
    failing_since_.reset();
    enter(State::closed, now);
    ++bucket(now).good;
}

void Breaker::on_probe_failure(FailureCause cause, Moment now) {
    POSTHORN_ASSERT(state_ == State::half_open);
    cause_ = cause;
    ++streak_;
    if (!failing_since_) failing_since_ = now;
    open(now, std::clamp(probe_wait_ * 2, rules_.probe_first, rules_.probe_most));
}

void Breaker::drop_probe(Moment now, Moment again_at) {
    POSTHORN_ASSERT(state_ == State::half_open);
    next_probe_ = again_at;
    enter(State::open, now);
}

void Breaker::give_chance(Moment now) {
    if (failing_since_) failing_since_ = now;
    if (state_ != State::open) return;
    probe_wait_ = Millis(0);
    next_probe_ = now;
}

void Breaker::open_as_before(Moment failing_since, Moment now) {
    failing_since_ = failing_since;
    opened_with_ = {};
    was_open_before_start_ = true;
    probe_wait_ = Millis(0);
    next_probe_ = now;
    enter(State::open, now);
}

void Breaker::move_on(Millis::rep number) {
    // A gap as long as the window empties all of it.
    const auto gone = std::min<Millis::rep>(number - last_bucket_, kBuckets);
    for (Millis::rep n = 0; n < gone; ++n) buckets_[static_cast<std::size_t>(number - n) % kBuckets] = {};
    last_bucket_ = number;
}

Breaker::Sum Breaker::sum(Moment now) const {
    const auto number = bucket_number(now);
    Sum counted;
    for (Millis::rep n = 0; n < static_cast<Millis::rep>(kBuckets); ++n) {
        if (number - n > last_bucket_) continue;  // Nothing was counted in it yet.
        if (number - n <= last_bucket_ - static_cast<Millis::rep>(kBuckets)) break;
        const auto& one = buckets_[static_cast<std::size_t>(number - n) % kBuckets];
        counted.bad += one.bad;
        counted.all += one.good + one.bad;
    }
    return counted;
}

double Breaker::failure_share(Moment now) const {
    const auto counted = sum(now);
    return counted.all == 0 ? 0 : static_cast<double>(counted.bad) / counted.all;
}

std::string Breaker::reason() const {
    if (is_closed()) return {};
    if (was_open_before_start_) return "It failed before the server's start, and has not succeeded since.";
    const auto last = cause_.status != 0 ? std::to_string(cause_.status) : std::string(to_string(cause_.failure));
    if (opened_with_.all > 0)
        return fmt::format("{} of {} attempts within a minute failed; the last failure: {}.", opened_with_.bad,
                           opened_with_.all, last);
    return fmt::format("Nothing but failures since {}; the last: {}.",
                       failing_since_ ? to_rfc3339(*failing_since_) : std::string("a while"), last);
}

}  // namespace posthorn::engine
