#pragma once
// The simulated clock, and what is to happen at which moment.

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <utility>

#include "base/moment.h"

namespace posthorn::simulation {

class Timeline {
public:
    Moment now() const { return now_; }

    void at(Moment moment, std::function<void()> happening) {
        happenings_.emplace(std::pair(std::max(moment, now_), ++number_), std::move(happening));
    }
    void after(Millis wait, std::function<void()> happening) { at(now_ + wait, std::move(happening)); }

    std::optional<Moment> next() const {
        return happenings_.empty() ? std::nullopt : std::optional(happenings_.begin()->first.first);
    }
    /// Runs the next happening, at its moment or late when the clock has jumped over it.
    void run_next() {
        auto first = happenings_.extract(happenings_.begin());
        advance(first.key().first);
        first.mapped()();
    }
    /// The clock never goes back.
    void advance(Moment moment) { now_ = std::max(now_, moment); }
    /// The process ended: none of it will happen.
    void forget() { happenings_.clear(); }

private:
    Moment now_ = from_epoch_ms(1'790'000'000'000);
    std::uint64_t number_ = 0;
    std::map<std::pair<Moment, std::uint64_t>, std::function<void()>> happenings_;
};

}  // namespace posthorn::simulation
