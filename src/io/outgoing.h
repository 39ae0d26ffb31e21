#pragma once
// What opens connections on one io_context.

#include <memory>

#include "base/result.h"
#include "io/address_rules.h"
#include "io/dialer.h"
#include "io/resolver.h"
#include "io/task.h"
#include "io/timer_wheel.h"

namespace posthorn::io {

/// A dialer, with a resolver and a connector of its own. On the thread of its io_context.
struct Outgoing {
    std::unique_ptr<Resolver> resolver;
    std::unique_ptr<Connector> connector;
    std::unique_ptr<Dialer> dialer;

    /// Context and wheel outlive it. Errors: as Dialer::make.
    static Result<Outgoing> make(asio::io_context& context, TimerWheel& wheel, AddressRules rules,
                                 Dialer::Options options = {});
};

}  // namespace posthorn::io
