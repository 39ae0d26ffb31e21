#pragma once
// Who is calling, and whether a key is needed: api.md, "--dev" and "Keys".

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "api/sessions.h"
#include "http/problem_details.h"
#include "io/address_rules.h"
#include "io/task.h"
#include "registry/api_key.h"
#include "registry/snapshot.h"
#include "wire/http1.h"

namespace posthorn::api {

struct AccessRules {
    io::Mode mode = io::Mode::production;
    std::string public_origin;         ///< Of --public-url, such as "https://hooks.example"; counts as our own.
    std::vector<std::uint16_t> ports;  ///< That we listen on.
};

/// What of a request decides about access.
struct AccessFacts {
    io::Address peer;
    std::string_view method;
    const std::vector<wire::Header>& headers;
    bool is_tls = false;
};

/// Who calls. Without a key and not local: anonymous.
struct Caller {
    const registry::ApiKey* key = nullptr;  ///< In the request's snapshot.
    bool is_local_dev = false;              ///< --dev, and the request comes from this machine's own user.
    SessionPtr session = nullptr;  ///< By which he came, if he did.

    bool is_anonymous() const { return key == nullptr && !is_local_dev; }
    bool may(registry::Action action, const registry::Subject& subject) const {
        return is_local_dev || (key != nullptr && registry::may(*key, action, subject));
    }
};

/// Whether the key or session by which somebody came still holds; for answers that go on. `now` is the newest snapshot.
bool still_holds(const Caller& caller, const registry::Snapshot& now);

/// Whether --dev asks no key of this request: the peer is loopback, Host is localhost, 127.0.0.0/8 or [::1] with our
/// port, nothing says that it was forwarded, and Origin is absent or our own. A tunnel's visitors fail the Host or
/// the forwarding test, a foreign page the Origin, a rebound name the Host.
bool is_local_dev(const AccessFacts& facts, const AccessRules& rules);

/// Whether Origin is absent, the origin that the request itself was sent to, or the public one.
bool has_own_origin(const AccessFacts& facts, const AccessRules& rules);

/// The caller by `Authorization: Bearer` or Basic (password = key; for UPM), else by his session's cookie; a session
/// that has ended, or whose key was removed, is as none. Problems: 401 for a key that is not known; 403 for a
/// state-changing request with a foreign Origin, whatever key it has.
tl::expected<Caller, http::Problem> identify(const AccessFacts& facts, const AccessRules& rules,
                                             const registry::Snapshot& snapshot, const Sessions& sessions);

}  // namespace posthorn::api
