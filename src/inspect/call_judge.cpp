#include "inspect/call_judge.h"

#include <algorithm>

#include <boost/json/array.hpp>

#include "inspect/foreign_json.h"
#include "wire/percent.h"
#include "wire/printable.h"

namespace posthorn::inspect {

namespace json = boost::json;

namespace {

json::value text_or_null(const std::string& text) { return text.empty() ? json::value(nullptr) : json::value(text); }

/// The value of `jwt` in a target's query, as pages of add-ons get it.
std::string token_of_query(std::string_view target) {
    const auto mark = target.find('?');
    std::string_view rest = mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1);
    while (!rest.empty()) {
        const auto parameter = rest.substr(0, rest.find('&'));
        rest.remove_prefix(std::min(rest.size(), parameter.size() + 1));
        if (parameter.starts_with("jwt=")) return wire::percent_decode(parameter.substr(4), wire::Plus::space);
    }
    return {};
}

}  // namespace

std::string Judgement::first_fault() const {
    for (const auto& check : verification.checks)
        if (!check.is_ok()) return has_token ? check.name + ": " + check.wrong : check.wrong;
    return {};
}

std::string token_of(const RecordedCall& call) {
    const auto header = call.header("Authorization");
    return header && !header->empty() ? std::string(*header) : token_of_query(call.target);
}

Judgement judge(const RecordedCall& call, const std::string& base_url, const KnownSigner& signer, Audience audience,
                Moment now) {
    const auto token = token_of(call);
    const sign::ReceivedRequest request{call.method, base_url + call.target, base_url, token};
    auto key = signer.key;
    if (!key.secret && !key.public_key) key.secret = "";  // Fits no token.
    Judgement judgement;
    judgement.has_token = !token.empty();
    judgement.verification = sign::verify(request, key, now);
    auto& checks = judgement.verification.checks;
    if (!judgement.verification.token) return judgement;
    if (!signer.name.empty()) judgement.signer = signer.name;
    else
        for (auto& check : checks)
            if (check.name == "signature") check.wrong = wire::printable(signer.why_unknown);
    if (audience == Audience::must_be_us) {
        const auto fault = wire::check_audience(*judgement.verification.token, base_url);
        checks.push_back({"audience", fault ? wire::printable(fault->detail) : ""});
    }
    return judgement;
}

json::object summary_json(const Judgement& judgement) {
    return {{"present", judgement.has_token},
            {"ok", judgement.is_ok()},
            {"signer", text_or_null(judgement.signer)},
            {"wrong", text_or_null(judgement.first_fault())}};
}

json::object full_json(const Judgement& judgement) {
    auto object = summary_json(judgement);
    const auto& verification = judgement.verification;
    json::array checks;
    for (const auto& check : verification.checks)
        checks.push_back(
            json::object{{"name", check.name}, {"ok", check.is_ok()}, {"wrong", text_or_null(check.wrong)}});
    object["checks"] = std::move(checks);
    object["canonical"] = utf8_text(verification.expected);
    object["signedFor"] = text_or_null(utf8_text(verification.signed_for));
    object["algorithm"] = nullptr;
    object["header"] = nullptr;
    object["claims"] = nullptr;
    if (const auto& token = verification.token) {
        object["algorithm"] = utf8_text(token->alg);
        object["header"] = foreign_json(token->header_json);
        object["claims"] = foreign_json(token->claims_json);
    }
    return object;
}

}  // namespace posthorn::inspect
