#pragma once
// Chance from a seed, the same with every library.

#include <cstdint>
#include <random>

#include "base/moment.h"

namespace posthorn::simulation {

class Random {
public:
    explicit Random(std::uint64_t seed) : engine_(seed) {}

    std::uint64_t next() { return engine_(); }
    /// 0 to `count` - 1.
    std::uint64_t below(std::uint64_t count) { return count == 0 ? 0 : engine_() % count; }
    /// `low` to `high`.
    std::uint64_t between(std::uint64_t low, std::uint64_t high) { return low + below(high - low + 1); }
    /// True once in `count` times; never for 0.
    bool one_in(std::uint64_t count) { return count != 0 && below(count) == 0; }
    Millis up_to(Millis longest) {
        return Millis(static_cast<std::int64_t>(below(static_cast<std::uint64_t>(longest.count()) + 1)));
    }

    std::mt19937_64& engine() { return engine_; }

private:
    std::mt19937_64 engine_;
};

}  // namespace posthorn::simulation
