#include <memory>
#include <utility>

#include <fmt/format.h>

#include "io/dialer.h"
#include "io/endpoint_text.h"
#include "io/timer_wheel.h"

namespace posthorn::io {
namespace {

using boost::system::error_code;

Error connect_failure(const error_code& error, const Endpoint& endpoint) {
    namespace e = asio::error;
    const auto where = to_text(endpoint);
    if (error == e::connection_refused)
        return fail(Errc::refused, fmt::format("{} refused the connection: nothing listens there", where));
    if (error == e::host_unreachable || error == e::network_unreachable || error == e::network_down)
        return fail(Errc::refused, fmt::format("{} can't be reached: {}", where, error.message()));
    if (error == e::timed_out) return fail(Errc::timeout, fmt::format("{} did not answer in time", where));
    if (error == e::operation_aborted) return fail(Errc::cancelled, "cancelled");
    if (error == e::no_descriptors || error == e::no_buffer_space || error == e::no_memory)
        return fail(Errc::io, fmt::format("no socket to be had: {}", error.message()));
    return fail(Errc::refused, fmt::format("{} can't be connected to: {}", where, error.message()));
}

class SocketConnector final : public Connector {
public:
    SocketConnector(asio::io_context& context, TimerWheel& wheel) : context_(context), wheel_(wheel) {}

    Task<Result<Socket>> connect(Endpoint endpoint, std::chrono::milliseconds timeout) override {
        Socket socket(context_);
        error_code error;
        socket.open(endpoint.protocol(), error);
        if (error) co_return connect_failure(error, endpoint);
        TimerWheel::Entry deadline;
        bool is_late = false;
        deadline.set(wheel_, timeout, [&] {
            is_late = true;
            error_code ignored;
            socket.cancel(ignored);
        });
        std::tie(error) = co_await socket.async_connect(endpoint, as_result);
        deadline.clear();
        if (is_late && error)
            co_return fail(Errc::timeout, fmt::format("{} did not answer in time", to_text(endpoint)));
        if (error) co_return connect_failure(error, endpoint);
        // Connecting to a free port of this machine can meet itself, when the kernel picks that port as our own.
        if (socket.local_endpoint(error) == endpoint)
            co_return connect_failure(asio::error::connection_refused, endpoint);
        co_return Result<Socket>(std::move(socket));
    }

private:
    asio::io_context& context_;
    TimerWheel& wheel_;
};

}  // namespace

std::unique_ptr<Connector> make_connector(asio::io_context& context, TimerWheel& wheel) {
    return std::make_unique<SocketConnector>(context, wheel);
}

}  // namespace posthorn::io
