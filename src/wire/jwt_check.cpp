#include "wire/jwt_check.h"

#include <cmath>

#include <fmt/format.h>
#include <openssl/crypto.h>

#include "wire/base64.h"
#include "wire/json_fields.h"
#include "wire/qsh.h"

namespace posthorn::wire {
namespace {

using std::chrono::sys_seconds;

Error malformed(std::string detail) { return fail(Errc::invalid, "malformed token: " + std::move(detail)); }

// Times beyond this (the year 10000) are nonsense and could overflow where they are computed with.
constexpr double kEpochSecondsMax = 253402300800.0;

Result<std::string> decode_part(std::string_view part, std::string_view name) {
    auto bytes = base64url_decode(part);
    if (!bytes) return malformed(fmt::format("the {} is not base64url without padding", name));
    return *std::move(bytes);
}

Result<JsonView> object_of(std::string_view text, std::string_view name) {
    const auto fields = JsonFields::checked(text);
    if (!fields) return malformed(fmt::format("the {} is not JSON: {}", name, fields.error().detail));
    if (!fields->is_object()) return malformed(fmt::format("the {} is not a JSON object", name));
    if (const auto key = fields->first_duplicate()) {
        return malformed(fmt::format("the {} has the member `{}` twice", name, *key));
    }
    return JsonView(text);
}

Result<std::optional<std::string>> text_claim(JsonView object, std::string_view name) {
    const auto value = object.find(name);
    if (!value || value->is_null()) return std::optional<std::string>{};
    if (!value->is_string()) return malformed(fmt::format("`{}` is not a string", name));
    return std::optional(value->string());
}

Result<std::optional<sys_seconds>> time_claim(JsonView object, std::string_view name) {
    const auto value = object.find(name);
    if (!value || value->is_null()) return std::optional<sys_seconds>{};
    const auto number = value->number();
    if (!number || !(*number >= 0 && *number < kEpochSecondsMax)) {
        return malformed(fmt::format("`{}` is not a number of seconds since 1970", name));
    }
    return std::optional(sys_seconds(std::chrono::seconds(static_cast<std::int64_t>(std::floor(*number)))));
}

Result<std::vector<std::string>> audience_claim(JsonView object) {
    std::vector<std::string> audience;
    const auto value = object.find("aud");
    if (!value || value->is_null()) return audience;
    if (value->is_string()) {
        audience.push_back(value->string());
        return audience;
    }
    if (!value->is_array()) return malformed("`aud` is neither a string nor a list");
    for (const JsonView element : value->elements()) {
        if (!element.is_string()) return malformed("`aud` holds something that is not a string");
        audience.push_back(element.string());
    }
    return audience;
}

JwtFault fault(JwtFaultKind kind, std::string detail) { return {kind, std::move(detail)}; }

std::string shown(sys_seconds at) { return to_rfc3339(Moment(at)); }

// Why a token with this alg cannot be checked by a key for `wanted`.
std::optional<JwtFault> check_algorithm(const DecodedJwt& token, std::string_view wanted) {
    if (token.alg == wanted) return std::nullopt;
    const bool is_known = token.alg == "HS256" || token.alg == "RS256";
    return fault(JwtFaultKind::wrong_algorithm,
                 is_known ? fmt::format("alg is {}, but the key given is for {}", token.alg, wanted)
                          : fmt::format("alg is `{}`, allowed are HS256 and RS256", token.alg));
}

}  // namespace

Result<DecodedJwt> decode_jwt(std::string_view token) {
    for (const std::string_view scheme : {"JWT ", "Bearer "}) {
        if (token.starts_with(scheme)) token.remove_prefix(scheme.size());
    }
    if (token.empty()) return malformed("it is empty");
    if (token.size() > kTokenBytesMax) return malformed(fmt::format("it is longer than {} bytes", kTokenBytesMax));
    const std::size_t first = token.find('.');
    const std::size_t last = token.rfind('.');
    if (first == std::string_view::npos || token.find('.', first + 1) != last || first == last) {
        return malformed("it does not have three parts with dots between");
    }

    DecodedJwt decoded;
    decoded.signing_input = token.substr(0, last);
    POSTHORN_TRY(decoded.header_json, decode_part(token.substr(0, first), "header"));
    POSTHORN_TRY(decoded.claims_json, decode_part(token.substr(first + 1, last - first - 1), "payload"));
    POSTHORN_TRY(decoded.signature, decode_part(token.substr(last + 1), "signature"));

    POSTHORN_TRY(const JsonView header, object_of(decoded.header_json, "header"));
    POSTHORN_TRY(auto alg, text_claim(header, "alg"));
    if (!alg) return malformed("the header has no `alg`");
    decoded.alg = *std::move(alg);
    POSTHORN_TRY(decoded.kid, text_claim(header, "kid"));

    POSTHORN_TRY(const JsonView claims, object_of(decoded.claims_json, "payload"));
    POSTHORN_TRY(decoded.iss, text_claim(claims, "iss"));
    POSTHORN_TRY(decoded.sub, text_claim(claims, "sub"));
    POSTHORN_TRY(decoded.qsh, text_claim(claims, "qsh"));
    POSTHORN_TRY(decoded.aud, audience_claim(claims));
    POSTHORN_TRY(decoded.iat, time_claim(claims, "iat"));
    POSTHORN_TRY(decoded.exp, time_claim(claims, "exp"));
    POSTHORN_TRY(decoded.nbf, time_claim(claims, "nbf"));
    return decoded;
}

std::optional<JwtFault> check_hs256_signature(const DecodedJwt& token, std::string_view secret) {
    if (auto wrong = check_algorithm(token, "HS256")) return wrong;
    HmacKey key(secret);
    const auto expected = key.sign(token.signing_input);
    // Compared in constant time: how long it takes must not tell how much of a forged one is right.
    const bool is_right = token.signature.size() == expected.size() &&
                          CRYPTO_memcmp(token.signature.data(), expected.data(), expected.size()) == 0;
    if (is_right) return std::nullopt;
    return fault(JwtFaultKind::wrong_signature,
                 "the signature was not made with this secret, or the token was changed");
}

std::optional<JwtFault> check_rs256_signature(const DecodedJwt& token, const RsaKey& key) {
    if (auto wrong = check_algorithm(token, "RS256")) return wrong;
    if (key.verifies(token.signing_input, token.signature)) return std::nullopt;
    return fault(JwtFaultKind::wrong_signature, "the signature was not made with this key, or the token was changed");
}

std::optional<JwtFault> check_times(const DecodedJwt& token, Moment now) {
    if (!token.exp) return fault(JwtFaultKind::missing_times, "there is no exp");
    if (!token.iat) return fault(JwtFaultKind::missing_times, "there is no iat");
    const auto second = std::chrono::floor<std::chrono::seconds>(now);
    if (second >= *token.exp) {
        return fault(JwtFaultKind::expired,
                     fmt::format("expired {} s ago (exp {})", (second - *token.exp).count(), shown(*token.exp)));
    }
    for (const auto& [name, start] : {std::pair("iat", token.iat), std::pair("nbf", token.nbf)}) {
        if (!start || *start <= second + kIssuedLeeway) continue;
        return fault(JwtFaultKind::not_yet_valid,
                     fmt::format("not yet valid: {} is {} s in the future ({} {}), {} s are allowed", name,
                                 (*start - second).count(), name, shown(*start), kIssuedLeeway.count()));
    }
    return std::nullopt;
}

std::optional<JwtFault> check_qsh(const DecodedJwt& token, std::string_view canonical) {
    if (!token.qsh) return fault(JwtFaultKind::missing_qsh, "there is no qsh");
    const QueryStringHash expected = hash_of_canonical_request(canonical);
    if (*token.qsh == text_of(expected)) return std::nullopt;
    return fault(JwtFaultKind::qsh_differs, fmt::format("qsh is {}, but this request has {} (canonical request: {})",
                                                        *token.qsh, text_of(expected), canonical));
}

std::optional<JwtFault> check_audience(const DecodedJwt& token, std::string_view audience) {
    if (token.aud.empty()) return fault(JwtFaultKind::missing_audience, "there is no aud");
    for (const std::string& one : token.aud) {
        if (one == audience) return std::nullopt;
    }
    return fault(JwtFaultKind::audience_differs, fmt::format("aud is {}, expected {}", token.aud.front(), audience));
}

}  // namespace posthorn::wire
