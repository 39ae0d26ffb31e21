#include "io/dialer.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "io/address_race.h"
#include "io/endpoint_text.h"
#include "io/tls_client.h"
#include "io/within.h"

namespace posthorn::io {
namespace {

using Clock = std::chrono::steady_clock;
using model::Failure;

/// An answer with more addresses than that helps nobody but those who want us to try them all.
constexpr std::size_t kAddressesMax = 16;

std::int32_t microseconds_since(Clock::time_point start) {
    return static_cast<std::int32_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - start).count());
}

std::chrono::milliseconds until(Clock::time_point deadline) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    return std::max(left, std::chrono::milliseconds(0));
}

Failure failure_of(Errc code) {
    switch (code) {
        case Errc::timeout: return Failure::connect_timeout;
        case Errc::refused: return Failure::refused;
        case Errc::tls: return Failure::tls;
        default: return Failure::broken;
    }
}

class JudgingDialer final : public Dialer {
public:
    JudgingDialer(Resolver& resolver, Connector& connector, TimerWheel& wheel, AddressRules rules,
                  std::shared_ptr<TlsClient> trusted, Options options)
        : resolver_(resolver),
          connector_(connector),
          wheel_(wheel),
          rules_(std::move(rules)),
          trusted_(std::move(trusted)),
          options_(std::move(options)) {}

    Task<Dialed> dial(DialTarget target) override;
    void set_own_server(OwnServer own) override { own_ = std::move(own); }

private:
    Task<Dialed> dial_own(std::chrono::milliseconds timeout);
    bool is_own_origin(const DialTarget& target) const {
        return own_ && !own_->host.empty() && own_->host == target.host && own_->port == target.port &&
               own_->is_https == target.is_https;
    }
    struct Judged {
        std::vector<Endpoint> endpoints;
        std::string why_not;  ///< The reason of the first address that was refused.
    };
    Judged judge(const std::vector<Address>& addresses, const DialTarget& target) const;

    Resolver& resolver_;
    Connector& connector_;
    TimerWheel& wheel_;
    AddressRules rules_;
    std::shared_ptr<TlsClient> trusted_;
    TlsClients own_authorities_;
    Options options_;
    std::optional<OwnServer> own_;
};

JudgingDialer::Judged JudgingDialer::judge(const std::vector<Address>& addresses, const DialTarget& target) const {
    Judged judged;
    for (const auto& address : addresses) {
        std::string why_not;
        if (const auto checked = rules_.check(address); !checked) {
            why_not = checked.error().detail;
        } else if (!target.is_https && !rules_.allows_plain_http(address)) {
            why_not = fmt::format("plain http to {} is not allowed; use https, or name it with --allow-receiver",
                                  address.to_string());
        } else if (judged.endpoints.size() < kAddressesMax) {
            judged.endpoints.emplace_back(address, target.port);
        }
        if (judged.why_not.empty()) judged.why_not = std::move(why_not);
    }
    return judged;
}

Task<Dialed> JudgingDialer::dial_own(std::chrono::milliseconds timeout) {
    Dialed dialed;
    if (!own_) {
        dialed.failure.failure = Failure::refused;
        dialed.failure.detail = "this server does not listen yet";
        co_return dialed;
    }
    const auto start = Clock::now();
    dialed.address = to_text(own_->listener);
    auto socket = co_await connector_.connect(own_->listener, timeout);
    dialed.times.connect_us = microseconds_since(start);
    if (!socket) {
        dialed.failure.failure = failure_of(socket.error().code);
        dialed.failure.detail = socket.error().detail;
        co_return dialed;
    }
    dialed.failure.failure = Failure::none;
    dialed.stream = std::make_unique<Stream>(*std::move(socket), wheel_);
    co_return dialed;
}

Task<Dialed> JudgingDialer::dial(DialTarget target) {
    if (target.way == Way::own_listener) co_return co_await dial_own(target.connect_timeout);
    Dialed dialed;
    const auto failed = [&](Failure failure, std::string detail) {
        dialed.failure.failure = failure;
        dialed.failure.detail = std::move(detail);
    };
    const auto start = Clock::now();
    const auto deadline = start + target.connect_timeout;
    if (target.port == 0) {
        failed(Failure::address_forbidden, "port 0 can't be connected to");
        co_return dialed;
    }
    if (is_own_origin(target)) {
        failed(Failure::address_forbidden,
               fmt::format("{}:{} is this server's own public address, which only its inspectors may use", target.host,
                           target.port));
        co_return dialed;
    }
    auto tls = trusted_;
    if (target.is_https && !target.ca_pem.empty()) {
        auto own = own_authorities_.trusting(target.ca_pem);
        if (!own) {
            failed(Failure::tls, "the add-on's setting \"ca\" can't be used: " + own.error().detail);
            co_return dialed;
        }
        tls = *std::move(own);
    }

    auto resolved = co_await within(target.connect_timeout, resolver_.resolve(target.host),
                                    fmt::format("no name server answered for {} in time", target.host));
    dialed.times.dns_us = microseconds_since(start);
    if (!resolved) {
        failed(Failure::unresolved, resolved.error().detail);
        co_return dialed;
    }
    if (resolved->addresses.empty()) {
        failed(Failure::unresolved, fmt::format("{} has no address", target.host));
        co_return dialed;
    }
    auto judged = judge(resolved->addresses, target);
    if (judged.endpoints.empty()) {
        failed(Failure::address_forbidden, fmt::format("{}: {}", target.host, judged.why_not));
        co_return dialed;
    }

    const auto connect_start = Clock::now();
    auto raced =
        co_await race_addresses(connector_, std::move(judged.endpoints), options_.next_address_after, deadline);
    dialed.times.connect_us = microseconds_since(connect_start);
    dialed.address = to_text(raced.endpoint);
    if (!raced.socket) {
        failed(failure_of(raced.error.code), raced.error.detail);
        co_return dialed;
    }
    // Whatever made this connection, it has to go where the judged address says.
    boost::system::error_code error;
    const auto peer = raced.socket->remote_endpoint(error);
    if (error) {
        failed(Failure::broken, fmt::format("{} closed the connection at once", dialed.address));
        co_return dialed;
    }
    if (peer != raced.endpoint) {
        failed(Failure::address_forbidden,
               fmt::format("the connection to {} went to {} instead", dialed.address, to_text(peer)));
        co_return dialed;
    }

    auto stream = std::make_unique<Stream>(*std::move(raced.socket), wheel_);
    if (target.is_https) {
        const auto tls_start = Clock::now();
        stream->expires_after(until(deadline));
        const auto shaken = co_await stream->handshake_as_client(tls->context(), target.host, tls->sessions(),
                                                                 fmt::format("{}:{}", target.host, target.port));
        dialed.times.tls_us = microseconds_since(tls_start);
        if (!shaken) {
            const bool is_late = shaken.error().code == Errc::timeout;
            failed(failure_of(shaken.error().code),
                   is_late ? fmt::format("the TLS handshake with {} took too long", dialed.address)
                           : shaken.error().detail);
            co_return dialed;
        }
        stream->expires_never();
    }
    dialed.failure.failure = Failure::none;
    dialed.stream = std::move(stream);
    co_return dialed;
}

}  // namespace

Result<std::unique_ptr<Dialer>> Dialer::make(Resolver& resolver, Connector& connector, TimerWheel& wheel,
                                             AddressRules rules, Options options) {
    std::shared_ptr<TlsClient> trusted;
    if (options.ca_file.empty()) {
        trusted = TlsClient::trusting_system();  // Reads some 140 certificates, which takes OpenSSL 3.0 80 ms.
    } else {
        POSTHORN_TRY(trusted, TlsClient::trusting_file(options.ca_file));
    }
    return std::unique_ptr<Dialer>(std::make_unique<JudgingDialer>(resolver, connector, wheel, std::move(rules),
                                                                   std::move(trusted), std::move(options)));
}

}  // namespace posthorn::io
