#pragma once
// c-ares driven by an io_context.

#include <functional>
#include <memory>
#include <string>

#include <ares.h>

#include "base/result.h"
#include "io/resolver.h"
#include "io/signal.h"
#include "io/task.h"

namespace posthorn::io {

/// One channel of c-ares: its sockets and timeouts. Net thread only. Holds the io_context only while queries are
/// under way.
class AresChannel {
public:
    using OnAnswer = std::function<void(Result<Resolved>)>;

    /// Errors: io (c-ares can't start), invalid (a server that is no address).
    static Result<std::unique_ptr<AresChannel>> make(asio::io_context& context, const ResolverOptions& options);
    /// Drops the queries under way: their `on_answer` is called with Errc::cancelled.
    ~AresChannel();
    AresChannel(const AresChannel&) = delete;
    AresChannel& operator=(const AresChannel&) = delete;

    /// Asks for both families. `on_answer` is called once, perhaps within this call, and must not destroy the channel.
    void query(const std::string& host, OnAnswer on_answer);

private:
    struct Impl;
    explicit AresChannel(std::shared_ptr<Impl> impl);
    std::shared_ptr<Impl> impl_;
};

}  // namespace posthorn::io
