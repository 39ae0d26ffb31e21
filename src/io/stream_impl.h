#pragma once
// What a Stream points to: shared by stream.cpp (bytes) and stream_tls.cpp (handshakes).

#include <optional>
#include <string>

#include <boost/asio/ssl/stream.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include "io/stream.h"

namespace posthorn::io {

using TlsSocket = asio::ssl::stream<Socket&>;

/// Each operation holds a reference, for Asio goes on using the socket until an aborted operation has ended. The
/// counter is not atomic: everything is on the net thread.
struct Stream::Impl : boost::intrusive_ref_counter<Impl, boost::thread_unsafe_counter> {
    Impl(Socket socket_in, TimerWheel& wheel_in);
    ~Impl();

    Socket socket;
    TimerWheel& wheel;
    TimerWheel::Entry deadline;
    std::unique_ptr<TlsSocket> tls;
    Endpoint remote;
    std::string address;  // Of the remote end, as text.
    unsigned operations = 0;  // Under way.
    bool is_expired = false;

    void expire();
    void close();

    /// Why no operation may start, or nothing.
    std::optional<Error> refusal() const;
    /// What an operation that failed with `error` tells its caller.
    Error failure(const boost::system::error_code& error) const;
};

/// Counts an operation as under way.
class StreamOperation {
public:
    template <class Pointer>
    explicit StreamOperation(const Pointer& impl) : operations_(impl->operations) {
        ++operations_;
    }
    ~StreamOperation() { --operations_; }
    StreamOperation(const StreamOperation&) = delete;
    StreamOperation& operator=(const StreamOperation&) = delete;

private:
    unsigned& operations_;
};

}  // namespace posthorn::io
