#pragma once
// A byte stream over TCP, with TLS or without.

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>

#include "base/result.h"
#include "io/task.h"
#include "io/timer_wheel.h"

namespace posthorn::io {

class TlsSessions;

/// One connected socket. Net thread only. Movable, closes in its destructor; an operation under way may outlive
/// it and then ends with `broken`. One read and one write may be under way at a time.
/// A deadline covers everything until it is changed: when it passes, the operation under way, and every later
/// one, ends with Errc::timeout. After that, a new deadline makes the stream usable again, to say farewell.
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

    /// TLS (1.2 or newer) as a client: SNI and verification of chain and `host` (a name or an address). Errors:
    /// tls (with the reason, such as an expired certificate), timeout, broken.
    Task<Result<void>> handshake_as_client(asio::ssl::context& context, std::string host);
    /// The same, resuming the session that `sessions` has for `session_key`, and keeping the new one there.
    Task<Result<void>> handshake_as_client(asio::ssl::context& context, std::string host,
                                           std::shared_ptr<TlsSessions> sessions, std::string session_key);
    /// TLS (1.2 or newer) as a server. Errors: tls, timeout, broken.
    Task<Result<void>> handshake_as_server(asio::ssl::context& context);

    /// At least 1 byte, or 0 at the orderly end (a TLS peer that ends without saying so is `broken`).
    /// `into` must not be empty, and stay until the result is there. Errors: timeout, broken.
    Task<Result<std::size_t>> read_some(asio::mutable_buffer into);
    /// How much of `bytes` the system took at once, from the start: mostly all. 0 with TLS and where there is no
    /// room, or an error, which write() will then tell.
    std::size_t send_now(std::string_view bytes);
    /// All of it; the bytes must stay until the result is there. Errors: timeout, broken.
    Task<Result<void>> write(asio::const_buffer bytes);
    /// `head` and behind it `body`, with one system call where that is possible. Errors: timeout, broken.
    Task<Result<void>> write(asio::const_buffer head, asio::const_buffer body);

    /// Ends the sending direction in good order (TLS: close_notify), so that the peer gets everything before it
    /// sees the end. Reading goes on. Set a deadline before. Errors: timeout, broken.
    Task<Result<void>> finish_sending();

    /// Ends both directions at once; operations under way end with `broken`.
    void close();
    bool is_open() const;
    bool is_tls() const;
    /// Whether the TLS handshake resumed an earlier session.
    bool is_tls_resumed() const;
    /// True if the peer has closed, or sent something, while nobody was reading (a look without blocking):
    /// such a kept-alive connection must not be used again.
    bool is_stale();
    Endpoint remote() const;
    /// "127.0.0.1:8080" or "[::1]:8080" of the peer; kept from the start, so it costs no system call.
    const std::string& address() const;

private:
    struct Impl;
    boost::intrusive_ptr<Impl> impl_;
};

}  // namespace posthorn::io
