#pragma once
// One HTTP/1.1 exchange as a client.

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "io/dialer.h"
#include "io/stream.h"
#include "io/task.h"
#include "model/delivery.h"

namespace posthorn::http {

/// What came back. Bodies are read to `body_bytes_max` and the rest is dropped.
struct Answer {
    std::uint16_t status = 0;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;            ///< At most body_kept_max.
    bool is_body_cut = false;    ///< The body was longer than what was kept.
    bool keep_alive = false;     ///< The connection can be used again.
    std::optional<std::string> header(std::string_view name) const;
};

struct AnswerLimits {
    std::size_t body_read_max = 64 * 1024;  ///< After that the connection is given up.
    std::size_t body_kept_max = 4 * 1024;
    bool too_long_is_error = false;  ///< True: a body over body_read_max is Errc::too_large.
};

/// A connection kept for several exchanges, one at a time. Net thread only.
class ClientConnection {
public:
    explicit ClientConnection(std::unique_ptr<io::Stream> stream);
    ~ClientConnection();

    /// Writes `request` (a whole message, made by wire/http1.h, that must stay until the end) and reads the answer before `timeout` has passed.
    /// 1xx answers are skipped. `first_byte_us` and `total_us` of `times` are set, from `started`.
    /// Errors: timeout, broken (with what was wrong with the answer), too_large.
    io::Task<Result<Answer>> exchange(std::string_view request, std::chrono::milliseconds timeout, AnswerLimits limits,
                                      std::chrono::steady_clock::time_point started, model::AttemptTimes& times);

    /// Whether the last exchange's request went out whole: the peer may have acted on it.
    bool was_sent() const;
    /// False once the peer closed it, or an exchange left it in an unknown state.
    bool is_reusable();
    io::Stream& stream();

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// A request written in full: start line, Host, `headers` in order, Content-Length (also 0 for POST and PUT), body.
/// Header values must hold no CR, LF or NUL: asserted, for callers check foreign ones first.
std::string write_request(std::string_view method, std::string_view target, std::string_view host,
                          const std::vector<std::pair<std::string, std::string>>& headers, std::string_view body);

/// One request on a connection of its own: dial, exchange, close. For lifecycle calls, descriptors and the CLI.
/// The failure is told as deliveries have it.
struct Fetched {
    std::optional<Answer> answer;
    io::DialFailure failure;
    model::AttemptTimes times;
    std::string address;
};
io::Task<Fetched> fetch(io::Dialer& dialer, io::DialTarget target, std::string request,
                        std::chrono::milliseconds answer_timeout, AnswerLimits limits);

}  // namespace posthorn::http
