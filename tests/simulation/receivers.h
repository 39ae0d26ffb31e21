#pragma once
// Simulated receivers: how each answers at the moment.

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/moment.h"
#include "model/delivery.h"
#include "tests/simulation/random.h"

namespace posthorn::simulation {

enum class Mood : std::uint8_t { good, slow, failing, overloaded, hanging, unreachable, refusing, gone, fickle };

/// What an attempt meets.
struct Answer {
    std::uint16_t status = 0;
    model::Failure failure = model::Failure::none;
    Millis takes{0};
    std::optional<Millis> retry_after = {};
};

/// Good until told otherwise.
class Receivers {
public:
    explicit Receivers(Random& random) : random_(random) {}

    void set(const std::string& receiver, Mood mood) { moods_[receiver] = mood; }
    void set_at_random(const std::string& receiver) {
        set(receiver, random_.one_in(2) ? Mood::good : static_cast<Mood>(random_.below(9)));
    }
    void become_good() { moods_.clear(); }

    Answer answer(const std::string& receiver) {
        const auto found = moods_.find(receiver);
        return answer(found == moods_.end() ? Mood::good : found->second);
    }

private:
    Answer answer(Mood mood) {
        using namespace std::chrono_literals;
        switch (mood) {
            case Mood::good: return {.status = 200, .takes = random_.up_to(30ms)};
            case Mood::slow: return {.status = 204, .takes = random_.up_to(20s)};
            case Mood::failing: return {.status = 503, .takes = random_.up_to(100ms)};
            case Mood::overloaded:
                return {.status = 429, .takes = random_.up_to(50ms), .retry_after = random_.up_to(2min)};
            case Mood::hanging: return {.failure = model::Failure::answer_timeout, .takes = 20s};
            case Mood::unreachable:
                return {.failure = random_.one_in(2) ? model::Failure::refused : model::Failure::connect_timeout,
                        .takes = random_.up_to(5s)};
            case Mood::refusing: return {.status = 404, .takes = random_.up_to(30ms)};
            case Mood::gone: return {.status = 410, .takes = random_.up_to(30ms)};
            case Mood::fickle:
                // Never hours: Retry-After postpones by up to a day, which the other waits don't show.
                if (random_.one_in(40)) return {.status = 503, .takes = 1ms, .retry_after = random_.up_to(30h)};
                return answer(static_cast<Mood>(random_.below(8)));
        }
        return {};
    }

    Random& random_;
    std::map<std::string, Mood> moods_;
};

}  // namespace posthorn::simulation
