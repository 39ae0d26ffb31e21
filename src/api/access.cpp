#include "api/access.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

#include "wire/base64.h"

namespace posthorn::api {

namespace {

bool starts_without_case(std::string_view text, std::string_view prefix) {
    return text.size() >= prefix.size() && std::equal(prefix.begin(), prefix.end(), text.begin(), [](char a, char b) {
               return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
           });
}

bool was_forwarded(const std::vector<wire::Header>& headers) {
    return std::ranges::any_of(headers, [](const wire::Header& header) {
        return starts_without_case(header.name, "X-Forwarded-") ||
               (header.name.size() == 9 && starts_without_case(header.name, "Forwarded")) ||
               (header.name.size() == 3 && starts_without_case(header.name, "Via"));
    });
}

struct HostAndPort {
    std::string host;
    std::optional<std::uint16_t> port;
};

/// "localhost:8080", "[::1]:8080"; nothing when it is neither.
std::optional<HostAndPort> split_host(std::string_view text) {
    HostAndPort split;
    std::string_view rest;
    if (text.starts_with('[')) {
        const auto close = text.find(']');
        if (close == std::string_view::npos) return std::nullopt;
        split.host = text.substr(1, close - 1);
        rest = text.substr(close + 1);
    } else {
        const auto colon = text.find(':');
        split.host = text.substr(0, colon);
        rest = colon == std::string_view::npos ? "" : text.substr(colon);
    }
    std::ranges::transform(split.host, split.host.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (rest.empty()) return split;
    std::uint16_t port = 0;
    const auto* end = rest.data() + rest.size();
    const auto [stop, error] = std::from_chars(rest.data() + 1, end, port);
    if (rest.front() != ':' || error != std::errc() || stop != end) return std::nullopt;
    split.port = port;
    return split;
}

bool is_loopback_host(const std::string& host) {
    if (host == "localhost") return true;
    boost::system::error_code error;
    const auto address = io::asio::ip::make_address(host, error);
    return !error && address.is_loopback();
}

bool changes_something(std::string_view method) { return method != "GET" && method != "HEAD" && method != "OPTIONS"; }

http::Problem unauthorized(std::string detail) {
    return {401, "unauthorized", "A valid API key is needed", std::move(detail)};
}

}  // namespace

bool still_holds(const Caller& caller, const registry::Snapshot& now) {
    if (caller.session && (caller.session->is_over || caller.session->expires_at <= wall_now())) return false;
    return caller.key == nullptr || now.find_api_key(caller.key->id) != nullptr;
}

bool has_own_origin(const AccessFacts& facts, const AccessRules& rules) {
    const auto origin = wire::find_header(facts.headers, "Origin");
    if (!origin) return true;
    if (!rules.public_origin.empty() && *origin == rules.public_origin) return true;
    const auto host = wire::find_header(facts.headers, "Host");
    if (!host) return false;
    const auto own = std::string(facts.is_tls ? "https://" : "http://") + std::string(*host);
    return own.size() == origin->size() && starts_without_case(own, *origin);
}

bool is_local_dev(const AccessFacts& facts, const AccessRules& rules) {
    if (rules.mode != io::Mode::dev || was_forwarded(facts.headers)) return false;
    auto peer = facts.peer;
    if (peer.is_v6() && peer.to_v6().is_v4_mapped())
        peer = io::asio::ip::make_address_v4(io::asio::ip::v4_mapped, peer.to_v6());
    if (!peer.is_loopback()) return false;

    const auto host = split_host(wire::find_header(facts.headers, "Host").value_or(""));
    if (!host || !is_loopback_host(host->host)) return false;
    const auto port = host->port.value_or(facts.is_tls ? 443 : 80);
    if (std::ranges::find(rules.ports, port) == rules.ports.end()) return false;

    // A name that was rebound to us would be its own origin, but its Host was refused above.
    return has_own_origin(facts, rules);
}

tl::expected<Caller, http::Problem> identify(const AccessFacts& facts, const AccessRules& rules,
                                             const registry::Snapshot& snapshot, const Sessions& sessions) {
    if (changes_something(facts.method) && !has_own_origin(facts, rules))
        return tl::unexpected(
            http::Problem{403, "foreign-origin", "Refused for its Origin",
                          "A page of another site asked for a change; only this server's own page may."});
    Caller caller;
    caller.is_local_dev = is_local_dev(facts, rules);

    const auto header = wire::find_header(facts.headers, "Authorization");
    if (!header) {
        auto session = sessions.find(session_token(facts.headers), wall_now());
        if (session != nullptr) caller.key = snapshot.find_api_key(session->key_id);
        if (caller.key != nullptr) {
            caller.session = std::move(session);
            caller.is_local_dev = false;
        }
        return caller;
    }
    std::string token;
    bool may_be_any = false;
    if (starts_without_case(*header, "Bearer ")) {
        token = header->substr(7);
    } else if (starts_without_case(*header, "Basic ")) {
        const auto decoded = wire::base64_decode(header->substr(6));
        const auto colon = decoded ? decoded->find(':') : std::string::npos;
        if (colon != std::string::npos) token = decoded->substr(colon + 1);
        may_be_any = caller.is_local_dev;  // Frameworks send admin:admin; connect.md section 6.
    } else {
        return tl::unexpected(
            unauthorized("Authorization is neither 'Bearer phk_...' nor Basic with the key as password."));
    }
    caller.key = snapshot.find_api_key_by_token(token);
    if (caller.key == nullptr && !may_be_any)
        return tl::unexpected(
            unauthorized("This API key is not known; it may have been deleted. Make one with 'posthorn key create'."));
    if (caller.key != nullptr) caller.is_local_dev = false;  // Who shows a key gets its rights, no more.
    return caller;
}

}  // namespace posthorn::api
