#include "deliver/connection_pool.h"

#include <algorithm>

namespace posthorn::deliver {

ConnectionPool::ConnectionPool(io::TimerWheel& wheel, PoolLimits limits) : wheel_(wheel), limits_(limits) {}

ConnectionPool::Connection ConnectionPool::take(const std::string& receiver) {
    const auto found = receivers_.find(receiver);
    if (found == receivers_.end()) return nullptr;
    auto& idle = found->second;
    const auto limit = std::chrono::steady_clock::now() - limits_.idle_time;
    Connection connection;
    while (!idle.empty() && !connection) {
        const bool is_fresh = idle.back().since > limit;
        connection = std::move(idle.back().connection);
        idle.pop_back();
        --idle_;
        if (!is_fresh || !connection->is_reusable()) connection.reset();
    }
    return connection;  // An empty entry stays until the next sweep: the connection comes back in a moment.
}

void ConnectionPool::give(const std::string& receiver, Connection connection) {
    if (idle_ >= limits_.idle_max) return;  // Whether it still is open is looked at when it is taken.
    auto& idle = receivers_[receiver];
    if (idle.size() >= limits_.idle_per_receiver_max) return;
    idle.push_back({std::move(connection), std::chrono::steady_clock::now()});
    ++idle_;
    if (!is_sweep_set_) {
        is_sweep_set_ = true;
        sweep_.set(wheel_, limits_.idle_time, [this] { sweep(); });
    }
}

void ConnectionPool::drop(const std::string& receiver) {
    const auto found = receivers_.find(receiver);
    if (found == receivers_.end()) return;
    idle_ -= found->second.size();
    receivers_.erase(found);
}

void ConnectionPool::close() {
    receivers_.clear();
    idle_ = 0;
    sweep_.clear();
    is_sweep_set_ = false;
}

void ConnectionPool::sweep() {
    const auto limit = std::chrono::steady_clock::now() - limits_.idle_time;
    for (auto& [receiver, idle] : receivers_) {
        // The oldest are in front, for the last used is taken first.
        const auto fresh = std::ranges::find_if(idle, [&](const Idle& entry) { return entry.since > limit; });
        idle_ -= static_cast<std::size_t>(fresh - idle.begin());
        idle.erase(idle.begin(), fresh);
    }
    std::erase_if(receivers_, [](const auto& entry) { return entry.second.empty(); });
    is_sweep_set_ = idle_ > 0;
    if (is_sweep_set_) sweep_.set(wheel_, limits_.idle_time / 2, [this] { sweep(); });
}

}  // namespace posthorn::deliver
