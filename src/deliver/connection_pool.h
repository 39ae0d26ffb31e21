#pragma once
// Connections to receivers, kept between deliveries.

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "http/client.h"
#include "io/timer_wheel.h"

namespace posthorn::deliver {

struct PoolLimits {
    std::size_t idle_per_receiver_max = 64;
    std::size_t idle_max = 16'384;  ///< In all; each is a file descriptor.
    /// Below the 5 s after which Node.js and Apache close an idle connection: a request should not meet the closing.
    std::chrono::milliseconds idle_time{4'000};
};

/// Idle connections by receiver. On the deliverer's thread, but for idle().
class ConnectionPool {
public:
    using Connection = std::unique_ptr<http::ClientConnection>;

    ConnectionPool(io::TimerWheel& wheel, PoolLimits limits);

    /// The connection used last, if one is there that its peer has not closed.
    Connection take(const std::string& receiver);
    /// Keeps the connection for the next one, or closes it when there are enough.
    void give(const std::string& receiver, Connection connection);
    /// Closes those of one receiver, or all.
    void drop(const std::string& receiver);
    void close();
    /// Any thread.
    std::size_t idle() const { return idle_; }

private:
    struct Idle {
        Connection connection;
        std::chrono::steady_clock::time_point since;
    };
    void sweep();

    io::TimerWheel& wheel_;
    PoolLimits limits_;
    std::unordered_map<std::string, std::vector<Idle>> receivers_;
    std::atomic<std::size_t> idle_ = 0;
    io::TimerWheel::Entry sweep_;
    bool is_sweep_set_ = false;
};

}  // namespace posthorn::deliver
