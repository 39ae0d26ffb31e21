#include "http/server.h"

#include <algorithm>
#include <unordered_set>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "http/connection.h"
#include "http/listen_address.h"
#include "http/problem.h"

namespace posthorn::http {

namespace {

using namespace std::chrono_literals;

// So many refused connections at once are shown the 503 with care; more are just closed.
constexpr std::size_t kRefusalsMax = 64;
constexpr std::chrono::milliseconds kRefusalTimeout = 1s;
// The process has no file descriptors left: they come back when connections end.
constexpr std::chrono::milliseconds kAcceptPause = 100ms;

}  // namespace

std::string_view Exchange::path() const {
    const std::string_view target = head().target;
    return target.substr(0, target.find('?'));
}

std::string_view Exchange::query() const {
    const std::string_view target = head().target;
    const auto mark = target.find('?');
    return mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1);
}

struct Server::Impl : std::enable_shared_from_this<Impl> {
    Impl(io::asio::io_context& context_, io::TimerWheel& wheel_, Handler handler, ServerOptions options)
        : context(context_), wheel(wheel_), shared(std::make_shared<ServerShared>()) {
        shared->handler = std::move(handler);
        shared->options = options;
    }

    io::asio::io_context& context;
    io::TimerWheel& wheel;
    std::shared_ptr<ServerShared> shared;
    std::vector<std::shared_ptr<io::Acceptor>> acceptors;
    std::unordered_set<Connection*> connections;
    std::size_t refusals = 0;

    // Static, with the server kept by shared_ptr: a coroutine's frame may outlive the Server.
    static io::Task<void> accept_all(std::shared_ptr<Impl> self, std::shared_ptr<io::Acceptor> acceptor,
                                     io::asio::ssl::context* tls) {
        while (acceptor->is_open()) {
            io::Endpoint peer;
            auto [error, socket] = co_await acceptor->async_accept(peer, io::as_result);
            if (!acceptor->is_open()) co_return;
            if (error) {
                const bool is_peers = error == io::asio::error::connection_aborted;
                if (!is_peers) co_await self->wheel.sleep(kAcceptPause);
                continue;
            }
            self->take(std::move(socket), peer, tls);
        }
    }

    void take(io::Socket socket, io::Endpoint peer, io::asio::ssl::context* tls) {
        const bool is_full = connections.size() >= shared->options.connections_max;
        if (is_full && (tls != nullptr || refusals >= kRefusalsMax)) return;  // Closed by the destructor.
        io::Stream stream(std::move(socket), wheel);
        if (is_full) {
            io::asio::co_spawn(context, turn_away(shared_from_this(), std::move(stream)), io::asio::detached);
        } else {
            io::asio::co_spawn(context, serve(shared_from_this(), std::move(stream), peer, tls), io::asio::detached);
        }
    }

    static io::Task<void> serve(std::shared_ptr<Impl> self, io::Stream stream, io::Endpoint peer,
                                io::asio::ssl::context* tls) {
        Connection connection(self->shared, std::move(stream), peer);
        // Ends with the frame, even one that the io_context destroys half-way.
        struct Registration {
            std::unordered_set<Connection*>& all;
            Connection* one;
            ~Registration() { all.erase(one); }
        };
        self->connections.insert(&connection);
        const Registration registration{self->connections, &connection};
        co_await connection.run(tls);
    }

    static io::Task<void> turn_away(std::shared_ptr<Impl> self, io::Stream stream) {
        struct Count {
            std::size_t& count;
            explicit Count(std::size_t& of) : count(of) { ++count; }
            ~Count() { --count; }
        };
        const Count counted(self->refusals);
        const Response refusal = problem(503, "The server has as many connections as it takes. Try again later.");
        std::string out;
        wire::append_status_line(out, refusal.status);
        for (const auto& [name, value] : refusal.headers) wire::append_header(out, name, value);
        wire::append_header(out, "Retry-After", std::uint64_t{1});
        wire::append_header(out, "Connection", "close");
        wire::append_header(out, "Content-Length", std::uint64_t{refusal.body.size()});
        out += "\r\n";
        out += refusal.body;
        stream.expires_after(kRefusalTimeout);
        const auto written = co_await stream.write(io::asio::const_buffer(out.data(), out.size()));
        // Reading what it sends keeps the close from becoming a reset that overtakes the answer.
        std::string dropped(1024, '\0');
        const io::asio::mutable_buffer into(dropped.data(), dropped.size());
        while (written) {
            const auto count = co_await stream.read_some(into);
            if (!count || *count == 0) break;
        }
    }

    void stop_accepting() {
        shared->is_stopping = true;
        for (const auto& acceptor : acceptors) {
            boost::system::error_code ignored;
            acceptor->close(ignored);
        }
        acceptors.clear();
        for (Connection* connection : connections) {
            if (connection->is_idle()) connection->close();
        }
    }

    void close() {
        stop_accepting();
        for (Connection* connection : connections) connection->close();
    }
};

Server::Server(io::asio::io_context& context, io::TimerWheel& wheel, Handler handler, ServerOptions options)
    : impl_(std::make_shared<Impl>(context, wheel, std::move(handler), options)) {}

Server::~Server() { close(); }

Result<std::vector<io::Endpoint>> Server::listen(const std::string& address, io::asio::ssl::context* tls) {
    POSTHORN_TRY(const auto where, parse_listen_address(address));
    POSTHORN_TRY(auto opened, open_acceptors(impl_->context, where));
    std::vector<io::Endpoint> endpoints;
    for (auto& acceptor : opened) {
        boost::system::error_code ignored;
        endpoints.push_back(acceptor->local_endpoint(ignored));
        impl_->acceptors.push_back(acceptor);
        io::asio::co_spawn(impl_->context, Impl::accept_all(impl_, acceptor, tls), io::asio::detached);
    }
    return endpoints;
}

void Server::stop_accepting() { impl_->stop_accepting(); }
void Server::close() { impl_->close(); }
std::size_t Server::connections() const { return impl_->connections.size(); }

}  // namespace posthorn::http
