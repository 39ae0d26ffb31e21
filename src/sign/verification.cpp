#include "sign/verification.h"

#include <algorithm>

#include <fmt/format.h>

#include "wire/duration.h"
#include "wire/jwt.h"
#include "wire/printable.h"
#include "wire/qsh.h"
#include "wire/url.h"

namespace posthorn::sign {

namespace {

/// "/app/hook?a=b" of an absolute URL or of itself.
std::string target_of(const std::string& url) {
    const auto parsed = wire::parse_url(url);
    std::string target = parsed ? parsed->target() : url;
    if (const auto fragment = target.find('#'); fragment != std::string::npos) target.resize(fragment);
    return target.starts_with('/') ? target : "/" + target;
}

std::string base_path_of(const std::string& base_url) {
    const auto parsed = wire::parse_url(base_url);
    auto path = parsed ? parsed->path : std::string();
    while (path.ends_with('/')) path.pop_back();
    return path;
}

std::string canonical_of(const ReceivedRequest& request) {
    const auto target = target_of(request.url);
    const auto mark = target.find('?');
    const auto path = target.substr(0, mark);
    const auto query = mark == std::string::npos ? std::string() : target.substr(mark + 1);
    const auto base_path = base_path_of(request.base_url);
    return wire::canonical_request(request.method, wire::without_base_path(path, base_path), query);
}

/// "12m" rather than "743s".
std::string about(std::chrono::seconds duration) {
    using namespace std::chrono_literals;
    if (duration > 72h) return wire::format_duration(std::chrono::floor<std::chrono::days>(duration));
    if (duration > 3h) return wire::format_duration(std::chrono::floor<std::chrono::hours>(duration));
    if (duration > 3min) return wire::format_duration(std::chrono::floor<std::chrono::minutes>(duration));
    return wire::format_duration(duration);
}

/// A clock that is off by minutes is more likely than a token kept for hours.
std::string clock_hint(const wire::DecodedJwt& token, Moment now) {
    if (!token.iat) return {};
    const auto passed = std::chrono::floor<std::chrono::seconds>(now) - *token.iat;
    if (-passed > wire::kIssuedLeeway)
        return fmt::format("; it was made {} in this machine's future: compare the clocks of both machines (NTP)",
                           about(-passed));
    if (passed <= wire::kTokenLifetime) return {};
    constexpr std::chrono::hours kStale{24};
    return fmt::format("; it was made {} ago: {} (--at judges it by another time)", about(passed),
                       passed > kStale ? "an old request, or a clock that is far off"
                                       : "if it is fresh, this clock is ahead of the sender's");
}

std::string signature_fault(const wire::DecodedJwt& token, const VerificationKey& key) {
    std::optional<wire::JwtFault> fault;
    if (key.public_key) fault = wire::check_rs256_signature(token, *key.public_key);
    else fault = wire::check_hs256_signature(token, key.secret.value_or(""));
    if (!fault) return {};
    auto text = fault->detail;
    if (token.alg == "RS256" && !key.public_key)
        text += "; tokens of installs are signed RS256: judge them by --public-key (GET /install-keys/" +
                token.kid.value_or("{kid}") + " of the server)";
    if (token.alg == "HS256" && key.public_key) text += "; judge it by the add-on's --secret";
    if (fault->kind == wire::JwtFaultKind::wrong_signature && key.secret) {
        if (key.secret->ends_with('\n') || key.secret->ends_with(' ') || key.secret->starts_with(' ')) {
            auto trimmed = *key.secret;
            trimmed.erase(0, trimmed.find_first_not_of(" \r\n\t"));
            trimmed.resize(trimmed.find_last_not_of(" \r\n\t") + 1);
            if (!wire::check_hs256_signature(token, trimmed))
                text += "; it fits the secret without the white space around it";
        }
    }
    return wire::printable(text);
}

std::string qsh_fault(const Verification& verification, const ReceivedRequest& request, const wire::JwtFault& fault,
                      std::string& signed_for) {
    const auto& token = *verification.token;
    if (fault.kind == wire::JwtFaultKind::missing_qsh) return wire::printable(fault.detail);
    if (token.qsh == "context-qsh")
        return "is the fixed value 'context-qsh' of context tokens, which are for a page's own calls and bind no "
               "request";
    const auto mistake = find_qsh_mistake(request, *token.qsh);
    if (!mistake)
        return fmt::format(
            "the canonical request expected here is '{}' (hash {}), the token has {}; something between "
            "sender and receiver changed method, path or query, or --base-url isn't the one that the "
            "add-on was installed with",
            wire::printable(verification.expected),
            wire::text_of(wire::hash_of_canonical_request(verification.expected)), wire::printable(*token.qsh));
    signed_for = mistake->canonical;
    const auto part = wire::first_difference(verification.expected, mistake->canonical);
    return fmt::format("the {} differs: expected '{}', the token is for '{}': {}", wire::to_text(part),
                       wire::printable(verification.expected), wire::printable(mistake->canonical),
                       mistake->explanation);
}

}  // namespace

bool Verification::is_ok() const { return std::ranges::all_of(checks, &Check::is_ok); }

Verification verify(const ReceivedRequest& request, const VerificationKey& key, Moment now) {
    Verification verification;
    verification.expected = canonical_of(request);
    auto token = wire::decode_jwt(request.token);
    if (!token) {
        const auto why = request.token.empty() ? std::string(
                                                     "there is no token: no Authorization: JWT header and no parameter "
                                                     "jwt (Apache's mod_wsgi drops the header unless "
                                                     "WSGIPassAuthorization On is set)")
                                               : "the token can't be read: " + wire::printable(token.error().detail);
        for (const auto* name : {"signature", "times", "qsh"}) verification.checks.push_back({name, why});
        return verification;
    }
    verification.token = *std::move(token);
    const auto& decoded = *verification.token;
    verification.checks.push_back({"signature", signature_fault(decoded, key)});
    const auto times = wire::check_times(decoded, now);
    verification.checks.push_back({"times", times ? wire::printable(times->detail) + clock_hint(decoded, now) : ""});
    const auto qsh = wire::check_qsh(decoded, verification.expected);
    verification.checks.push_back({"qsh", qsh ? qsh_fault(verification, request, *qsh, verification.signed_for) : ""});
    return verification;
}

}  // namespace posthorn::sign
