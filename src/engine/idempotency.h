#pragma once
// Keys of events that were accepted so lately that the state may not know them yet.

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/id.h"
#include "state/state.h"

namespace posthorn::engine {

/// Keeps a key from the moment somebody posts it until the state has its event. Net thread.
class RecentKeys {
public:
    /// How long a key is remembered; connect.md and api.md: 24 h.
    static constexpr Millis kLifetime = std::chrono::hours(24);

    struct Entry {
        bool is_decided = false;  ///< False while the first post is still on its way to the journal.
        state::Earlier earlier;
        std::vector<std::function<void(bool)>> waiting;
    };

    /// The entry of the key, or null. It moves with the next claim.
    Entry* find(TenantId tenant, const std::string& key);
    /// The caller is the first with this key, and decides or drops it.
    void claim(TenantId tenant, const std::string& key);
    /// The event is durable at `sequence`: posts that wait for it go on.
    void decide(TenantId tenant, const std::string& key, state::Earlier earlier, std::uint64_t sequence);
    /// The event was not accepted, or the state knows the key: posts that wait look again.
    void drop(TenantId tenant, const std::string& key);
    /// The state has everything up to `applied`.
    void forget(std::uint64_t applied);

private:
    static std::string name(TenantId tenant, const std::string& key);
    static void wake(Entry& entry);

    std::unordered_map<std::string, Entry> entries_;
    std::deque<std::pair<std::uint64_t, std::string>> by_sequence_;
};

}  // namespace posthorn::engine
