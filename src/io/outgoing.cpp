#include "io/outgoing.h"

#include <utility>

namespace posthorn::io {

Result<Outgoing> Outgoing::make(asio::io_context& context, TimerWheel& wheel, AddressRules rules,
                                Dialer::Options options) {
    Outgoing made;
    made.resolver = make_resolver(context);
    made.connector = make_connector(context, wheel);
    POSTHORN_TRY(made.dialer,
                 Dialer::make(*made.resolver, *made.connector, wheel, std::move(rules), std::move(options)));
    return made;
}

}  // namespace posthorn::io
