#include "program/local_secret.h"

#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <boost/algorithm/string/predicate.hpp>

#include "inspect/recorded_call.h"
#include "wire/base64.h"
#include "wire/jwt_check.h"
#include "wire/jwt_keys.h"

namespace posthorn::program {

namespace {

constexpr std::string_view kPurpose = "posthorn listen: shared secret of the program behind it";
constexpr std::string_view kScheme = "JWT ";

std::string_view bytes_of(const wire::HmacKey::Signature& signature) {
    return {reinterpret_cast<const char*>(signature.data()), signature.size()};
}

/// "JWT header.claims.signature" with another signature; empty if it is no such text.
std::string signed_anew(std::string_view authorization, const std::string& secret) {
    const auto token = wire::decode_jwt(authorization);
    if (!authorization.starts_with(kScheme) || !token || token->alg != "HS256") return {};
    wire::HmacKey key(secret);
    std::string text(kScheme);
    text.append(token->signing_input).append(".");
    wire::append_base64url(text, bytes_of(key.sign(token->signing_input)));
    return text;
}

}  // namespace

LocalSecret::LocalSecret(const std::string& inspector_secret) {
    wire::HmacKey key(inspector_secret);
    for (const auto byte : key.sign(kPurpose)) secret_ += fmt::format("{:02x}", byte);
}

ReceivedCall LocalSecret::put_into(ReceivedCall call) const {
    const bool is_lifecycle = call.kind == ReceivedCall::Kind::lifecycle;
    if (is_lifecycle) call.body = inspect::put_secret(call.body, secret_);
    if (call.signer != "shared secret" || !call.verification.is_ok()) return call;
    for (auto& [name, value] : call.headers) {
        if (!boost::algorithm::iequals(name, "Authorization")) continue;
        if (auto anew = signed_anew(value, secret_); !anew.empty()) value = std::move(anew);
    }
    return call;
}

}  // namespace posthorn::program
