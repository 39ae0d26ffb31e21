#pragma once
// The one way to open a connection to a receiver: resolve, judge, connect, TLS.

#include <memory>
#include <string>

#include "base/result.h"
#include "io/address_rules.h"
#include "io/resolver.h"
#include "io/stream.h"
#include "io/task.h"
#include "model/delivery.h"

namespace posthorn::io {

struct DialTarget {
    bool is_https = true;
    std::string host;  ///< As wire/url.h gives it: lower case, no brackets.
    std::uint16_t port = 443;
    std::string ca_pem;  ///< CAs for this add-on alone, in place of the system's; may be empty.
    std::chrono::milliseconds connect_timeout{5000};  ///< For name, connect and TLS together.
};

struct DialFailure {
    model::Failure failure = model::Failure::broken;
    std::string detail;  ///< For a person: what happened and what can be done.
};

/// A connection, or why there is none; with the times of the parts that happened.
struct Dialed {
    std::unique_ptr<Stream> stream;  ///< Empty when it failed.
    DialFailure failure;
    model::AttemptTimes times;
    std::string address;  ///< "127.0.0.1:8080" of the address tried last.
};

/// Opens sockets to judged addresses. Has a second version in tests that only records.
class Connector {
public:
    virtual ~Connector() = default;
    virtual Task<Result<Socket>> connect(Endpoint endpoint, std::chrono::milliseconds timeout) = 0;
};

std::unique_ptr<Connector> make_connector(asio::io_context& context, TimerWheel& wheel);

/// Net thread only. References outlive it.
class Dialer {
public:
    /// `ca_file` empty: the system's store. Errors of a file that can't be read are in `make`.
    struct Options {
        std::string ca_file;
    };
    static Result<std::unique_ptr<Dialer>> make(Resolver& resolver, Connector& connector, TimerWheel& wheel,
                                                AddressRules rules, Options options);
    virtual ~Dialer() = default;

    /// Every address of the answer is judged; only judged ones are connected to, the very same bytes. Plain
    /// http is refused where the rules do not allow it for that address. Happy Eyeballs: the next address is
    /// tried when one fails or is slow (250 ms). Sessions of TLS are resumed per host and port.
    virtual Task<Dialed> dial(DialTarget target) = 0;
};

}  // namespace posthorn::io
