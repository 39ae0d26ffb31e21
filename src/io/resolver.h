#pragma once
// Names to addresses.

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "io/task.h"

namespace posthorn::io {

struct Resolved {
    std::vector<Address> addresses;   ///< Both families, in the order to try (RFC 8305 interleaved).
    std::chrono::seconds ttl{0};      ///< The shortest TTL of the answer.
};

/// Has a second version in tests, which answers from a table.
class Resolver {
public:
    virtual ~Resolver() = default;
    /// `host`: a name, or an address in strict notation (which resolves to itself without a query; other ways to
    /// write IPv4 addresses, such as 0x7f.1 or 2130706433, are unresolved). Net thread only.
    /// Errors: unresolved (no such name, no address, or a name server's failure), timeout (no name server answered
    /// in time), full (too many names are being looked up).
    virtual Task<Result<Resolved>> resolve(std::string host) = 0;
};

struct ResolverOptions {
    /// Name servers as "address:port", in place of those of /etc/resolv.conf; with them /etc/hosts is not read.
    std::vector<std::string> servers;
    /// How long one name server has for one try, before it is the next one's turn.
    std::chrono::milliseconds try_timeout{1500};
    int tries = 2;                            ///< Rounds over the name servers.
    std::chrono::milliseconds deadline{4500};  ///< For one resolve(), whatever the name servers do.
    std::chrono::milliseconds ttl_min{1'000};
    std::chrono::milliseconds ttl_max{300'000};
    std::chrono::milliseconds failure_ttl{5'000};
    std::size_t names_max = 10'000;   ///< Cached; the one unused for longest makes room.
    std::size_t queries_max = 1'000;  ///< Names being looked up at once; more are refused.
};

/// c-ares on the net thread; /etc/hosts and /etc/resolv.conf as usual; one slow name server holds up nobody
/// else's names. Caches by TTL. Who asks for a name that is being looked up joins that query.
/// "localhost" and names below it always mean 127.0.0.1 and ::1. Environment variables play no part, but for
/// those that resolv.conf(5) names. A changed resolv.conf is noticed within seconds.
/// `context` outlives it; a resolve() under way at its end is freed with the context.
std::unique_ptr<Resolver> make_resolver(asio::io_context& context, ResolverOptions options = {});

}  // namespace posthorn::io
