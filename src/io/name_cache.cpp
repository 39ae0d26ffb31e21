#include "io/name_cache.h"

#include <utility>

namespace posthorn::io {

const Result<Resolved>* NameCache::find(const std::string& host, Clock::time_point now) {
    const auto found = by_host_.find(host);
    if (found == by_host_.end()) return nullptr;
    if (found->second->until <= now) {
        names_.erase(found->second);
        by_host_.erase(found);
        return nullptr;
    }
    names_.splice(names_.begin(), names_, found->second);
    return &found->second->result;
}

void NameCache::keep(const std::string& host, Result<Resolved> result, Clock::time_point until) {
    if (names_max_ == 0) return;
    if (const auto found = by_host_.find(host); found != by_host_.end()) {
        found->second->result = std::move(result);
        found->second->until = until;
        names_.splice(names_.begin(), names_, found->second);
        return;
    }
    if (names_.size() >= names_max_) {
        by_host_.erase(names_.back().host);
        names_.pop_back();
    }
    names_.push_front(Kept{host, std::move(result), until});
    by_host_.emplace(host, names_.begin());
}

}  // namespace posthorn::io
