#pragma once
// What names resolved to, for as long as it holds.

#include <chrono>
#include <cstddef>
#include <list>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/result.h"
#include "io/resolver.h"

namespace posthorn::io {

/// Bounded; the name unused for longest makes room. Net thread only.
class NameCache {
public:
    using Clock = std::chrono::steady_clock;

    explicit NameCache(std::size_t names_max) : names_max_(names_max) {}

    /// The result kept for `host`, if it holds at `now`. Valid until the next call.
    const Result<Resolved>* find(const std::string& host, Clock::time_point now);
    void keep(const std::string& host, Result<Resolved> result, Clock::time_point until);
    std::size_t size() const { return names_.size(); }

private:
    struct Kept {
        std::string host;
        Result<Resolved> result;
        Clock::time_point until;
    };
    std::size_t names_max_;
    std::list<Kept> names_;  // The one used last is in front.
    std::unordered_map<std::string, std::list<Kept>::iterator> by_host_;
};

}  // namespace posthorn::io
