#include "engine/idempotency.h"

#include <utility>

#include "base/assert.h"

namespace posthorn::engine {

std::string RecentKeys::name(TenantId tenant, const std::string& key) {
    return std::to_string(tenant.value) + "/" + key;
}

RecentKeys::Entry* RecentKeys::find(TenantId tenant, const std::string& key) {
    const auto found = entries_.find(name(tenant, key));
    return found == entries_.end() ? nullptr : &found->second;
}

void RecentKeys::claim(TenantId tenant, const std::string& key) {
    const bool is_first = entries_.try_emplace(name(tenant, key)).second;
    POSTHORN_ASSERT(is_first);
}

void RecentKeys::decide(TenantId tenant, const std::string& key, state::Earlier earlier, std::uint64_t sequence) {
    auto full_name = name(tenant, key);
    auto& entry = entries_.at(full_name);
    entry.is_decided = true;
    entry.earlier = std::move(earlier);
    by_sequence_.emplace_back(sequence, std::move(full_name));
    wake(entry);
}

void RecentKeys::drop(TenantId tenant, const std::string& key) {
    const auto found = entries_.find(name(tenant, key));
    POSTHORN_ASSERT(found != entries_.end());
    auto entry = std::move(found->second);
    entries_.erase(found);
    wake(entry);
}

void RecentKeys::forget(std::uint64_t applied) {
    for (; !by_sequence_.empty() && by_sequence_.front().first <= applied; by_sequence_.pop_front())
        entries_.erase(by_sequence_.front().second);
}

void RecentKeys::wake(Entry& entry) {
    for (auto& resume : std::exchange(entry.waiting, {})) resume(true);
}

}  // namespace posthorn::engine
