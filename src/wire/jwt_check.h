#pragma once
// Reading a token and saying precisely what is wrong with it.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/moment.h"
#include "base/result.h"
#include "wire/jwt_keys.h"

namespace posthorn::wire {

/// How far in the future iat may lie.
inline constexpr std::chrono::seconds kIssuedLeeway{60};
/// A longer token is malformed.
inline constexpr std::size_t kTokenBytesMax = 16 * 1024;

/// A token taken apart; nothing is verified yet.
struct DecodedJwt {
    std::string header_json;
    std::string claims_json;
    std::string signing_input;  ///< The first two parts with the dot between, which the signature covers.
    std::string signature;      ///< Bytes.

    std::string alg;
    std::optional<std::string> kid;
    std::optional<std::string> iss;
    std::optional<std::string> sub;
    std::optional<std::string> qsh;
    std::vector<std::string> aud;  ///< A single string counts as a list of one.
    std::optional<std::chrono::sys_seconds> iat;  ///< Fractions are cut off.
    std::optional<std::chrono::sys_seconds> exp;
    std::optional<std::chrono::sys_seconds> nbf;
};

/// Takes `token` apart, with or without "JWT " or "Bearer " in front. Errors: invalid, and the detail says
/// what is malformed. Any thread.
Result<DecodedJwt> decode_jwt(std::string_view token);

enum class JwtFaultKind : std::uint8_t {
    wrong_algorithm,  ///< Neither HS256 nor RS256, or not the one of this key. Counts as a wrong signature.
    wrong_signature,
    missing_times,    ///< No iat or exp.
    expired,
    not_yet_valid,
    missing_qsh,
    qsh_differs,
    missing_audience,
    audience_differs,
};

struct JwtFault {
    JwtFaultKind kind;
    std::string detail;  ///< A sentence: "expired 75 s ago (exp 2026-11-24T20:14:00.000Z)".
};

/// Nothing when fine. The secret's bytes are the key. An alg that isn't HS256 is a fault.
std::optional<JwtFault> check_hs256_signature(const DecodedJwt& token, std::string_view secret);
/// Nothing when fine. An alg that isn't RS256 is a fault.
std::optional<JwtFault> check_rs256_signature(const DecodedJwt& token, const RsaKey& key);
/// No leeway on exp, kIssuedLeeway on iat (and nbf if there).
std::optional<JwtFault> check_times(const DecodedJwt& token, Moment now);
/// `canonical` is the canonical request (qsh.h) as the checker sees it.
std::optional<JwtFault> check_qsh(const DecodedJwt& token, std::string_view canonical);
/// Whether `audience` is in aud.
std::optional<JwtFault> check_audience(const DecodedJwt& token, std::string_view audience);

}  // namespace posthorn::wire
