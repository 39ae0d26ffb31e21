#pragma once
// The HTTP/1.1 server: connections, limits, one handler.

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "io/stream.h"
#include "io/task.h"
#include "wire/http1.h"

namespace posthorn::http {

using HeaderList = std::vector<std::pair<std::string, std::string>>;

/// A whole answer. Content-Length, Date and Connection are the server's to write.
struct Response {
    unsigned status = 200;
    HeaderList headers;
    std::string body;
};

/// One request and its answer, on the net thread. Lives as long as the handler runs.
class Exchange {
public:
    virtual ~Exchange() = default;

    virtual const wire::RequestHead& head() const = 0;
    std::string_view path() const;   ///< The target up to `?`, as on the wire.
    std::string_view query() const;  ///< Behind `?`, may be empty.
    std::optional<std::string_view> header(std::string_view name) const {
        return wire::find_header(head().headers, name);
    }
    virtual io::Endpoint peer() const = 0;
    virtual bool is_tls() const = 0;

    /// The whole body (what read_body_piece has not given yet); the view is valid until the answer is sent.
    /// Sends 100 Continue if it was asked for. Errors: too_large (over `bytes_max`; up to 8 MiB of the rest have
    /// been read and dropped then), timeout, broken (a malformed chunked body as well). Each can still be
    /// answered; a handler that returns without doing so has the server answer 413, 408 or 400.
    virtual io::Task<Result<std::string_view>> read_body(std::size_t bytes_max) = 0;
    /// The next piece of the body (up to 64 KiB), empty at its end: for bodies that are handled as they come.
    /// Valid until the next read. Errors: timeout, broken.
    virtual io::Task<Result<std::string_view>> read_body_piece() = 0;

    /// Sends the answer; once per exchange. The result says whether it was written; a handler may ignore it.
    /// To HEAD, and with 204 and 304, no body goes out. A header value with a line end makes it a 500.
    /// Errors: timeout, broken.
    virtual io::Task<Result<void>> respond(Response response) = 0;

    /// For answers that go on: the head now, then pieces (chunked), then finish. A piece that the peer does not
    /// take within 30 s ends the connection. Errors: timeout, broken.
    virtual io::Task<Result<void>> start_stream(unsigned status, HeaderList headers) = 0;
    virtual io::Task<Result<void>> write_piece(std::string piece) = 0;
    virtual io::Task<Result<void>> finish_stream() = 0;
};

/// Must answer through the exchange; an exchange left without an answer gets 500, and so does one whose handler
/// throws a std::exception. A stream left without its end is broken off.
using Handler = std::function<io::Task<void>(Exchange&)>;

struct ServerOptions {
    std::size_t connections_max = 10'000;  ///< More are accepted and closed with 503.
    std::chrono::milliseconds head_timeout{30'000};  ///< To send start line and headers, and idle time before.
    std::chrono::milliseconds idle_timeout{75'000};
    std::chrono::milliseconds body_timeout{60'000};  ///< Between two pieces of a body that bring at least 1 KiB/s.
    wire::Http1Limits limits;
};

/// Net thread only.
class Server {
public:
    Server(io::asio::io_context& context, io::TimerWheel& wheel, Handler handler, ServerOptions options);
    ~Server();

    /// Listens on "host:port", with TLS if `tls` is given (it must outlive the server). "localhost" is 127.0.0.1
    /// and, where the machine has it, [::1] on the same port; port 0 picks a free one. Errors: io (port taken, no
    /// such address, not permitted: named with the remedy), invalid (not HOST:PORT with an address or localhost).
    /// Can be called again for another address.
    Result<std::vector<io::Endpoint>> listen(const std::string& address, io::asio::ssl::context* tls);

    /// Stops accepting; requests under way go on, idle connections close, answers say Connection: close.
    void stop_accepting();
    /// Closes every connection. Handlers under way see it as `broken`; the connections are gone once the
    /// io_context has run on (connections() is 0), and what the handlers use must live until then.
    void close();
    std::size_t connections() const;

private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace posthorn::http
