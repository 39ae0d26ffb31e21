#pragma once
// A byte stream over TCP, with TLS or without.

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include "base/result.h"
#include "io/task.h"
#include "io/timer_wheel.h"

namespace posthorn::io {

/// One connected socket. Net thread only. Movable, closes in its destructor.
/// A deadline covers everything until it is changed: when it passes, the socket is cancelled and the
/// operation under way, and every later one, ends with Errc::timeout.
class Stream {
public:
    Stream(Socket socket, TimerWheel& wheel);
    ~Stream();
    Stream(Stream&&) noexcept;
    Stream& operator=(Stream&&) noexcept;

    /// Sets or moves the deadline; a cheap pointer move in the timer wheel (coarse: 50 ms).
    void expires_after(std::chrono::milliseconds wait);
    /// No deadline.
    void expires_never();

    /// TLS as a client: SNI and verification of chain and `host` (a name or an address). Errors: tls,
    /// timeout, broken.
    Task<Result<void>> handshake_as_client(asio::ssl::context& context, std::string host);
    /// TLS as a server. Errors: tls, timeout, broken.
    Task<Result<void>> handshake_as_server(asio::ssl::context& context);

    /// At least 1 byte, or 0 at the orderly end. Errors: timeout, broken.
    Task<Result<std::size_t>> read_some(asio::mutable_buffer into);
    /// All of it. Errors: timeout, broken.
    Task<Result<void>> write(asio::const_buffer bytes);

    /// Ends both directions at once; operations under way end with `broken`.
    void close();
    bool is_open() const;
    bool is_tls() const;
    /// True if the peer has closed, or sent something, while nobody was reading (a look without blocking):
    /// such a kept-alive connection must not be used again.
    bool is_stale();
    Endpoint remote() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace posthorn::io
