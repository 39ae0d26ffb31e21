#pragma once
// request -> attempt: takes a signed request to its receiver and brings back what it met.

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "base/moment.h"
#include "deliver/connection_pool.h"
#include "http/client.h"
#include "io/dialer.h"
#include "io/task.h"
#include "model/delivery.h"

namespace posthorn::deliver {

/// How to reach a receiver; shared by the requests that go there.
struct Destination {
    io::DialTarget dial;    ///< With the time limit for the connection.
    std::string pool_key;   ///< Connections are shared by what has the same one: origin and CA.
    std::string origin;     ///< "https://host:443"
    std::string authority;  ///< Of the Host header.
    std::chrono::milliseconds answer_timeout{20'000};
    /// True from when nothing may go there any more: the add-on was uninstalled. Read right before the first byte goes out.
    std::shared_ptr<std::atomic<bool>> is_gone = std::make_shared<std::atomic<bool>>(false);
};

/// A request ready to go.
struct Request {
    std::string target;  ///< Path and query, for the history.
    std::string bytes;  ///< The whole message.
};

/// An attempt as far as the network knows it: number and notes are the caller's.
struct Reply {
    model::Attempt attempt;
    std::optional<Millis> retry_after;
    bool was_withdrawn = false;  ///< The destination was gone; nothing went out.
};

/// On the thread of its dialer, but for idle_connections().
class Deliverer {
public:
    Deliverer(io::Dialer& dialer, io::TimerWheel& wheel, PoolLimits limits);

    /// One HTTP exchange. A kept connection that turns out to be closed before the request went out whole is
    /// replaced by a new one, within the same attempt: the receiver had closed it while it was idle. Once the
    /// request is out the receiver may have acted on it, so a break is a failure like any other, and the repeat says
    /// that it is one. The destination outlives the call.
    io::Task<Reply> deliver(const Destination& to, Request request);

    void close() { pool_.close(); }
    std::size_t idle_connections() const { return pool_.idle(); }

private:
    io::Dialer& dialer_;
    ConnectionPool pool_;
};

}  // namespace posthorn::deliver
