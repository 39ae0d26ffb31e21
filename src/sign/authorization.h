#pragma once
// request -> the JWT bound to it (connect.md section 3).

#include <cstdint>
#include <string>
#include <string_view>

#include "base/moment.h"
#include "model/event.h"
#include "registry/install_key.h"
#include "registry/installation.h"
#include "registry/sealing.h"
#include "registry/tenant.h"
#include "wire/jwt_keys.h"

namespace posthorn::sign {

/// What a token is bound to.
struct SignedRequest {
    std::string_view method;
    std::string_view target;          ///< Path and query as on the wire.
    std::size_t base_path_bytes = 0;  ///< How much of it is the path of baseUrl.
};

/// "JWT <token>", HS256. A token lives 180 s, so each attempt gets a fresh one: recent_tokens.h. Net thread.
std::string authorization_with(const SignedRequest& request, wire::HmacKey& key,
                               const registry::Installation& installation, const registry::Tenant& tenant,
                               const model::ActingUser& user, Moment now);

/// RS256 for installs, with `aud` = [baseUrl].
std::string install_authorization(const SignedRequest& request, const wire::RsaKey& key, std::string_view kid,
                                  const registry::Installation& installation, const registry::Tenant& tenant,
                                  const model::ActingUser& user, Moment now);

/// Standard Webhooks: "webhook-id", "webhook-timestamp" and "webhook-signature" lines, v1 over id, time and body
/// with the shared secret's bytes. Source: standardwebhooks.com, specification 1.0.
std::string standard_webhooks_lines(std::string_view id, std::string_view body, wire::HmacKey& key, Moment now);

}  // namespace posthorn::sign
