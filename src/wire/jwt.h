#pragma once
// Making tokens: `Authorization: JWT <token>` (connect.md section 3). Checking them: jwt_check.h.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "wire/jwt_keys.h"

namespace posthorn::wire {

/// exp = iat + this.
inline constexpr std::chrono::seconds kTokenLifetime{180};

/// What a token says. Views of the caller's text, for the time of the call.
struct Claims {
    std::string_view iss;  ///< The tenant's clientKey.
    std::chrono::sys_seconds iat;
    std::chrono::sys_seconds exp;
    std::string_view qsh;
    std::optional<std::string_view> sub = {};
    std::string_view context_json = "{}";      ///< JSON as it stands; empty: no such claim.
    std::optional<std::string_view> aud = {};  ///< One audience, written as a list.
};

/// Appends an HS256 token. About a microsecond, no allocation but that of `out`'s growth.
void append_hs256_token(std::string& out, const Claims& claims, HmacKey& key);
std::string hs256_token(const Claims& claims, HmacKey& key);

/// An RS256 token with the key's id in its header. `key` must be a pair.
std::string rs256_token(const Claims& claims, const RsaKey& key, std::string_view kid);

}  // namespace posthorn::wire
