#pragma once
// Names to addresses.

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
    /// `host`: a name, or an address in strict notation (which resolves to itself without a query).
    /// Errors: unresolved (no such name, no address, or no answer from a name server), timeout.
    virtual Task<Result<Resolved>> resolve(std::string host) = 0;
};

/// c-ares on the net thread; /etc/hosts and /etc/resolv.conf as usual; one slow name server holds up nobody
/// else's names. Caches by TTL (1 s to 5 min; failures 5 s), at most 10,000 names.
/// "localhost" and names below it always mean 127.0.0.1 and ::1.
std::unique_ptr<Resolver> make_resolver(asio::io_context& context);

}  // namespace posthorn::io
