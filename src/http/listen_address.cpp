#include "http/listen_address.h"

#include <charconv>
#include <optional>

#include <fmt/format.h>
#include <boost/asio/ip/v6_only.hpp>

namespace posthorn::http {

namespace {

using boost::system::error_code;

// How often another free port is tried when the one found for IPv4 is taken for IPv6.
constexpr int kFreePortTries = 50;

Error malformed(std::string_view text, std::string_view why) {
    return fail(
        Errc::invalid,
        fmt::format("\"{}\" {}; write HOST:PORT, for example localhost:8080, 0.0.0.0:8080 or [::]:8080.", text, why),
        "--listen");
}

Error cannot_listen(const io::Endpoint& endpoint, const error_code& error) {
    const std::string place = to_text(endpoint);
    std::string detail;
    if (error == boost::asio::error::address_in_use) {
        detail = fmt::format(
            "Port {} of {} is taken by another program. Stop that one, or choose another port with "
            "--listen HOST:PORT; port 0 takes a free one.",
            endpoint.port(), endpoint.address().to_string());
    } else if (error == boost::asio::error::access_denied) {
        detail = fmt::format(
            "Not permitted to listen on port {}. Ports below 1024 need a right of their own "
            "(CAP_NET_BIND_SERVICE); choose one above with --listen HOST:PORT.",
            endpoint.port());
    } else if (error == boost::system::errc::address_not_available) {
        detail = fmt::format(
            "This machine has no address {}. Choose one that it has with --listen HOST:PORT; "
            "0.0.0.0 and [::] mean all of them.",
            endpoint.address().to_string());
    } else {
        detail = fmt::format("Cannot listen on {}: {}. Choose another address with --listen HOST:PORT.", place,
                             error.message());
    }
    return fail(Errc::io, std::move(detail), place);
}

bool is_missing_family(const error_code& error) {
    return error == boost::system::errc::address_not_available ||
           error == boost::system::errc::address_family_not_supported;
}

std::shared_ptr<io::Acceptor> open_one(io::asio::io_context& context, const io::Endpoint& endpoint, error_code& error) {
    auto acceptor = std::make_shared<io::Acceptor>(context.get_executor());
    acceptor->open(endpoint.protocol(), error);
    if (!error) acceptor->set_option(io::asio::socket_base::reuse_address(true), error);
    // Else [::] would take 0.0.0.0 as well, and [::1] could not be told from a mapped address.
    if (!error && endpoint.address().is_v6()) acceptor->set_option(io::asio::ip::v6_only(true), error);
    if (!error) acceptor->bind(endpoint, error);
    if (!error) acceptor->listen(io::asio::socket_base::max_listen_connections, error);
    if (!error) acceptor->non_blocking(true, error);
    return error ? nullptr : acceptor;
}

}  // namespace

std::string to_text(const io::Endpoint& endpoint) {
    const std::string address = endpoint.address().to_string();
    return endpoint.address().is_v6() ? fmt::format("[{}]:{}", address, endpoint.port())
                                      : fmt::format("{}:{}", address, endpoint.port());
}

Result<ListenAddress> parse_listen_address(std::string_view text) {
    std::string_view host;
    std::string_view port;
    const bool has_brackets = !text.empty() && text.front() == '[';
    if (has_brackets) {
        const auto close = text.find(']');
        if (close == std::string_view::npos) return malformed(text, "has no \"]\" behind its IPv6 address");
        host = text.substr(1, close - 1);
        if (close + 1 >= text.size() || text[close + 1] != ':') return malformed(text, "names no port");
        port = text.substr(close + 2);
    } else {
        const auto colon = text.rfind(':');
        if (colon == std::string_view::npos) return malformed(text, "names no port or no host");
        host = text.substr(0, colon);
        port = text.substr(colon + 1);
        if (host.empty()) return malformed(text, "names no host");
        if (host.find(':') != std::string_view::npos) return malformed(text, "has an IPv6 address without brackets");
    }

    ListenAddress found;
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), found.port);
    if (error != std::errc() || end != port.data() + port.size()) {
        return malformed(text, "names no port of 0 to 65535");
    }
    if (host == "localhost" && !has_brackets) {
        found.addresses = {io::asio::ip::address_v4::loopback(), io::asio::ip::address_v6::loopback()};
        found.is_localhost = true;
        return found;
    }
    error_code bad;
    const std::string spelled(host);
    if (has_brackets) {
        const auto address = io::asio::ip::make_address_v6(spelled, bad);
        if (bad) return malformed(text, "has no IPv6 address in its brackets");
        found.addresses = {address};
    } else {
        const auto address = io::asio::ip::make_address_v4(spelled, bad);
        if (bad) return malformed(text, "names a host that is neither localhost nor an address of this machine");
        found.addresses = {address};
    }
    return found;
}

Result<std::vector<std::shared_ptr<io::Acceptor>>> open_acceptors(io::asio::io_context& context,
                                                                  const ListenAddress& address) {
    std::optional<Error> last;
    for (int tries = 0; tries < kFreePortTries; ++tries) {
        std::vector<std::shared_ptr<io::Acceptor>> opened;
        std::uint16_t port = address.port;
        bool is_taken_for_one = false;
        for (const io::Address& one : address.addresses) {
            const io::Endpoint endpoint(one, port);
            error_code error;
            auto acceptor = open_one(context, endpoint, error);
            if (!acceptor) {
                last = cannot_listen(endpoint, error);
                if (address.is_localhost && is_missing_family(error)) continue;
                is_taken_for_one = error == boost::asio::error::address_in_use && address.port == 0;
                if (!is_taken_for_one) return *std::move(last);
                break;
            }
            port = acceptor->local_endpoint(error).port();
            opened.push_back(std::move(acceptor));
        }
        if (is_taken_for_one) continue;
        if (!opened.empty()) return opened;
        break;
    }
    return *std::move(last);
}

}  // namespace posthorn::http
