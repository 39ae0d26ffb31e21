#pragma once
// The `rate` of an add-on: so many calls a second, minute or hour.

#include <algorithm>
#include <optional>

#include "base/moment.h"
#include "wire/duration.h"

namespace posthorn::engine {

/// A token a call. It holds one and what a quarter of a second brings, as timers are coarse; so within any time T at
/// most 1 + rate x (T + 250 ms) calls start. Starts full. A pure value.
class TokenBucket {
public:
    /// None: unlimited. What it held stays, as far as it fits.
    void set(std::optional<wire::Rate> rate, Moment now) {
        const bool was_limited = is_limited();
        if (was_limited) fill(now);
        per_ms_ = rate ? static_cast<double>(rate->count) / static_cast<double>(rate->per.count()) : 0;
        most_ = 1 + per_ms_ * kHoldsMs;
        tokens_ = was_limited ? std::min(tokens_, most_) : most_;
        filled_at_ = now;
    }

    bool is_limited() const { return per_ms_ > 0; }

    bool has_token(Moment now) {
        if (!is_limited()) return true;
        fill(now);
        return tokens_ >= 1;
    }
    /// Only with a token.
    void take() {
        if (is_limited()) tokens_ -= 1;
    }
    /// When there is a token, as of the last has_token.
    Moment next_at() const {
        return filled_at_ + Millis(static_cast<Millis::rep>(std::max(0.0, 1 - tokens_) / per_ms_) + 1);
    }

private:
    static constexpr double kHoldsMs = 250;

    void fill(Moment now) {
        if (now <= filled_at_) return;
        tokens_ = std::min(most_, tokens_ + per_ms_ * static_cast<double>((now - filled_at_).count()));
        filled_at_ = now;
    }

    double per_ms_ = 0;
    double most_ = 0;
    double tokens_ = 0;
    Moment filled_at_{};
};

}  // namespace posthorn::engine
