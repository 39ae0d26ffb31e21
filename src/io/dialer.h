#pragma once
// The one way to open a connection to a receiver: resolve, judge, connect, TLS.

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "io/address_rules.h"
#include "io/resolver.h"
#include "io/stream.h"
#include "io/task.h"
#include "model/delivery.h"

namespace posthorn::io {

/// How a connection is made.
enum class Way : std::uint8_t {
    network,       ///< By the rules of addresses.
    own_listener,  ///< To this very server, whatever the target says: an inspector installed here (connect.md section 7).
};

struct DialTarget {
    bool is_https = true;
    std::string host;  ///< As wire/url.h gives it: lower case, no brackets.
    std::uint16_t port = 443;
    std::string ca_pem;  ///< CAs for this add-on alone, in place of the system's; may be empty.
    std::chrono::milliseconds connect_timeout{5000};  ///< For name, connect and TLS together.
    Way way = Way::network;
};

/// This very server, as connections to it are made and refused.
struct OwnServer {
    Endpoint listener;  ///< Takes plain http, for Way::own_listener.
    /// The public URL's origin, which nobody else may connect to; empty: he may (--dev).
    bool is_https = false;
    std::string host;
    std::uint16_t port = 0;
};

struct DialFailure {
    model::Failure failure = model::Failure::broken;
    std::string detail;  ///< For a person: what happened and what can be done.
};

/// A connection, or why there is none; with the times of the parts that happened.
struct Dialed {
    std::unique_ptr<Stream> stream;  ///< Empty when it failed. Without a deadline.
    DialFailure failure;
    model::AttemptTimes times;  ///< `dns_us`, `connect_us` and `tls_us`.
    std::string address;  ///< "127.0.0.1:8080" of the address tried last; empty if none was.
};

/// Opens sockets to judged addresses. Has a second version in tests that only records.
class Connector {
public:
    virtual ~Connector() = default;
    /// Errors: refused (also unreachable), timeout, io (no socket to be had), broken. Ends early when the coroutine
    /// is cancelled.
    virtual Task<Result<Socket>> connect(Endpoint endpoint, std::chrono::milliseconds timeout) = 0;
};

std::unique_ptr<Connector> make_connector(asio::io_context& context, TimerWheel& wheel);

/// On the thread of its io_context only. References outlive it.
class Dialer {
public:
    struct Options {
        std::string ca_file;  ///< PEM; empty: the system's store.
        std::chrono::milliseconds next_address_after{250};  ///< RFC 8305 section 5.
    };
    /// Errors: io (`ca_file` can't be read), invalid (it holds no certificate).
    static Result<std::unique_ptr<Dialer>> make(Resolver& resolver, Connector& connector, TimerWheel& wheel,
                                                AddressRules rules, Options options);
    virtual ~Dialer() = default;

    /// Every address of the answer is judged; only judged ones are connected to, the very same bytes, and the peer
    /// of the connection is compared with what was judged. Plain http is refused where the rules do not allow it
    /// for that address. Happy Eyeballs: the next address is tried when one fails or is slow. Sessions of TLS are
    /// resumed per authorities, host and port. Proxies of the environment play no part.
    /// Failures: unresolved, address_forbidden (also port 0), refused, connect_timeout, tls (also a `ca_pem` that
    /// holds no certificate), broken.
    virtual Task<Dialed> dial(DialTarget target) = 0;

    /// Once, when the server listens; before that Way::own_listener fails as `refused`.
    virtual void set_own_server(OwnServer own) = 0;
};

}  // namespace posthorn::io
