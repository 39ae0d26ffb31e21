#include "io/ares_channel.h"

#include <netinet/in.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>
#include <boost/asio/posix/basic_stream_descriptor.hpp>

namespace posthorn::io {
namespace {

using boost::system::error_code;
using Descriptor = asio::posix::basic_stream_descriptor<Executor>;

/// A name may have many addresses; more than these nobody would try.
constexpr std::size_t kAddressesMax = 64;

Address address_of(const sockaddr* socket_address) {
    if (socket_address->sa_family == AF_INET) {
        sockaddr_in v4{};
        std::memcpy(&v4, socket_address, sizeof v4);
        return asio::ip::address_v4(ntohl(v4.sin_addr.s_addr));
    }
    sockaddr_in6 v6{};
    std::memcpy(&v6, socket_address, sizeof v6);
    asio::ip::address_v6::bytes_type bytes;
    std::memcpy(bytes.data(), v6.sin6_addr.s6_addr, bytes.size());
    return asio::ip::address_v6(bytes, v6.sin6_scope_id);
}

/// IPv6 and IPv4 in turn, IPv6 first (RFC 8305 section 4), each family in the name server's order.
std::vector<Address> interleaved(const std::vector<Address>& v6, const std::vector<Address>& v4) {
    std::vector<Address> all;
    for (std::size_t i = 0; i < std::max(v6.size(), v4.size()); ++i) {
        if (i < v6.size()) all.push_back(v6[i]);
        if (i < v4.size()) all.push_back(v4[i]);
    }
    if (all.size() > kAddressesMax) all.resize(kAddressesMax);
    return all;
}

Result<Resolved> answer_of(const std::string& host, int status, const ares_addrinfo* info) {
    switch (status) {
        case ARES_SUCCESS: break;
        case ARES_ENOTFOUND: return fail(Errc::unresolved, fmt::format("there is no host {}", host));
        case ARES_ENODATA: return fail(Errc::unresolved, fmt::format("{} has no address", host));
        case ARES_ETIMEOUT: return fail(Errc::timeout, fmt::format("no name server answered for {} in time", host));
        case ARES_ECANCELLED:
        case ARES_EDESTRUCTION: return fail(Errc::cancelled, fmt::format("looking {} up was given up", host));
        default: return fail(Errc::unresolved, fmt::format("{} can't be resolved: {}", host, ares_strerror(status)));
    }
    std::vector<Address> v6;
    std::vector<Address> v4;
    int ttl = INT32_MAX;
    for (const auto* node = info->nodes; node != nullptr; node = node->ai_next) {
        if (node->ai_family != AF_INET && node->ai_family != AF_INET6) continue;
        const auto address = address_of(node->ai_addr);
        auto& family = address.is_v6() ? v6 : v4;
        if (std::ranges::find(family, address) == family.end()) family.push_back(address);
        ttl = std::min(ttl, node->ai_ttl);
    }
    for (const auto* alias = info->cnames; alias != nullptr; alias = alias->next) ttl = std::min(ttl, alias->ttl);
    Resolved resolved;
    resolved.addresses = interleaved(v6, v4);
    resolved.ttl = std::chrono::seconds(std::max(ttl, 0));
    if (resolved.addresses.empty()) return fail(Errc::unresolved, fmt::format("{} has no address", host));
    return resolved;
}

}  // namespace

struct AresChannel::Impl : std::enable_shared_from_this<Impl> {
    explicit Impl(asio::io_context& context_in) : context(context_in), timer(context_in.get_executor()) {}

    /// One of c-ares' sockets. Asio watches a duplicate, for c-ares closes its own when it likes to.
    struct Watch {
        Watch(asio::io_context& context_in, int socket_in) : descriptor(context_in), socket(socket_in) {}
        Descriptor descriptor;
        int socket;
        bool wants_read = false;
        bool wants_write = false;
        bool is_reading = false;
        bool is_writing = false;
        bool is_closed = false;
    };
    struct Query {
        std::string host;
        OnAnswer on_answer;
    };

    asio::io_context& context;
    SteadyTimer timer;
    ares_channel channel = nullptr;
    std::unordered_map<int, std::shared_ptr<Watch>> watches;

    static void on_socket_state(void* self, ares_socket_t socket, int readable, int writable) {
        static_cast<Impl*>(self)->watch(socket, readable != 0, writable != 0);
    }

    static void on_addresses(void* argument, int status, int, ares_addrinfo* info) {
        const std::unique_ptr<Query> query(static_cast<Query*>(argument));
        auto answer = answer_of(query->host, status, info);
        if (info != nullptr) ares_freeaddrinfo(info);
        query->on_answer(std::move(answer));
    }

    void watch(int socket, bool readable, bool writable) {
        auto found = watches.find(socket);
        if (!readable && !writable) {
            if (found == watches.end()) return;
            found->second->is_closed = true;
            error_code ignored;
            found->second->descriptor.close(ignored);
            watches.erase(found);
            return;
        }
        if (found == watches.end()) {
            const auto made = std::make_shared<Watch>(context, socket);
            const int duplicate = ::dup(socket);
            error_code error;
            if (duplicate >= 0) made->descriptor.assign(duplicate, error);
            if (duplicate < 0 || error) {  // No descriptors left: c-ares' time limit ends the query.
                if (duplicate >= 0) ::close(duplicate);
                return;
            }
            found = watches.emplace(socket, made).first;
        }
        found->second->wants_read = readable;
        found->second->wants_write = writable;
        wait(found->second);
    }

    void wait(const std::shared_ptr<Watch>& watched) {
        if (watched->wants_read && !watched->is_reading) {
            watched->is_reading = true;
            watched->descriptor.async_wait(Descriptor::wait_read,
                                           [weak = weak_from_this(), watched](const error_code& error) {
                                               watched->is_reading = false;
                                               const auto self = weak.lock();
                                               if (self && !error && !watched->is_closed)
                                                   self->process(watched, watched->socket, ARES_SOCKET_BAD);
                                           });
        }
        if (watched->wants_write && !watched->is_writing) {
            watched->is_writing = true;
            watched->descriptor.async_wait(Descriptor::wait_write,
                                           [weak = weak_from_this(), watched](const error_code& error) {
                                               watched->is_writing = false;
                                               const auto self = weak.lock();
                                               if (self && !error && !watched->is_closed)
                                                   self->process(watched, ARES_SOCKET_BAD, watched->socket);
                                           });
        }
    }

    void process(const std::shared_ptr<Watch>& watched, int readable, int writable) {
        ares_process_fd(channel, readable, writable);
        if (!watched->is_closed) wait(watched);
        arm();
    }

    /// Sets the timer for c-ares' next time limit. When no query is under way it does not run.
    void arm() {
        timeval longest{60, 0};
        timeval next{};
        if (watches.empty() || ares_timeout(channel, &longest, &next) == nullptr) {
            timer.cancel();
            return;
        }
        timer.expires_after(std::chrono::seconds(next.tv_sec) + std::chrono::microseconds(next.tv_usec) +
                            std::chrono::milliseconds(1));
        timer.async_wait([weak = weak_from_this()](const error_code& error) {
            const auto self = weak.lock();
            if (!self || error) return;
            ares_process_fd(self->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
            self->arm();
        });
    }

    Result<void> start(const ResolverOptions& options) {
        static const int started = ares_library_init(ARES_LIB_INIT_ALL);
        if (started != ARES_SUCCESS) return fail(Errc::io, ares_strerror(started));
        ares_options settings{};
        // NOALIASES: HOSTALIASES of the environment must not say where a name leads.
        settings.flags = ARES_FLAG_NOALIASES | ARES_FLAG_EDNS;
        settings.ednspsz = 1232;  // What fits into a datagram everywhere (DNS flag day 2020).
        settings.timeout = static_cast<int>(options.try_timeout.count());
        settings.tries = options.tries;
        settings.sock_state_cb = &on_socket_state;
        settings.sock_state_cb_data = this;
        int mask = ARES_OPT_FLAGS | ARES_OPT_EDNSPSZ | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB;
        char dns_only[] = "b";
        if (!options.servers.empty()) {
            settings.lookups = dns_only;
            settings.ndomains = 0;
            mask |= ARES_OPT_LOOKUPS | ARES_OPT_DOMAINS;
        }
        if (const int status = ares_init_options(&channel, &settings, mask); status != ARES_SUCCESS)
            return fail(Errc::io, fmt::format("name resolution can't start: {}", ares_strerror(status)));
        if (options.servers.empty()) return {};
        const auto servers = fmt::format("{}", fmt::join(options.servers, ","));
        if (ares_set_servers_ports_csv(channel, servers.c_str()) != ARES_SUCCESS)
            return fail(Errc::invalid, fmt::format("name servers look like 127.0.0.1:53, not {}", servers));
        return {};
    }
};

Result<std::unique_ptr<AresChannel>> AresChannel::make(asio::io_context& context, const ResolverOptions& options) {
    auto impl = std::make_shared<Impl>(context);
    std::unique_ptr<AresChannel> channel(new AresChannel(impl));
    POSTHORN_CHECK(impl->start(options));
    return channel;
}

AresChannel::AresChannel(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

AresChannel::~AresChannel() {
    if (impl_->channel != nullptr) ares_destroy(impl_->channel);
    for (const auto& [socket, watched] : impl_->watches) watched->is_closed = true;
    impl_->timer.cancel();
}

void AresChannel::query(const std::string& host, OnAnswer on_answer) {
    ares_addrinfo_hints hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    // NOSORT: c-ares would connect UDP sockets to the addresses to see which way leads there, and nothing touches an
    // address before it is judged.
    hints.ai_flags = ARES_AI_NOSORT;
    auto query = std::make_unique<Impl::Query>(Impl::Query{host, std::move(on_answer)});
    ares_getaddrinfo(impl_->channel, host.c_str(), nullptr, &hints, &Impl::on_addresses, query.release());
    impl_->arm();
}

}  // namespace posthorn::io
