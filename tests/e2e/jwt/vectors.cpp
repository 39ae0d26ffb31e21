// Answers questions about tokens and hashes, one JSON object a line on stdin, one answer a line on stdout:
// {"do":"keys"}                                    -> {"private","public"}: a new RSA pair in PEM
// {"do":"target","base","template","values":{}}    -> {"target","basePathBytes","faults":[],"warnings":[]}
// {"do":"qsh","method","target","basePathBytes"}   -> {"canonical","qsh"}
// {"do":"sign","alg","key","kid","claims":{}}      -> {"token"}
// {"do":"check","alg","key","token","now","method","target","basePathBytes"} -> {"faults":[]}

#include <cstdio>
#include <iostream>
#include <string>

#include "wire/json.h"
#include "wire/jwt.h"
#include "wire/jwt_check.h"
#include "wire/qsh.h"
#include "wire/url_template.h"

namespace {

using namespace posthorn;
using namespace posthorn::wire;

std::string text_of_member(JsonView question, std::string_view name) {
    const auto value = question.find(name);
    return value && value->is_string() ? value->string() : std::string{};
}

std::int64_t number_of_member(JsonView question, std::string_view name) {
    const auto value = question.find(name);
    return value ? value->integer().value_or(0) : 0;
}

std::string canonical_of(JsonView question) {
    const std::string target = text_of_member(question, "target")
                                   .substr(static_cast<std::size_t>(number_of_member(question, "basePathBytes")));
    const std::size_t mark = target.find('?');
    const std::string query = mark == std::string::npos ? "" : target.substr(mark + 1);
    return canonical_request(text_of_member(question, "method"), target.substr(0, mark), query);
}

std::string list_of(const std::vector<std::string>& texts) {
    std::string list = "[";
    for (const std::string& text : texts) list += (list.size() > 1 ? "," : "") + json_string(text);
    return list + "]";
}

std::string keys() {
    const auto key = RsaKey::generate();
    return R"({"private":)" + json_string(key->private_pem()) + R"(,"public":)" + json_string(key->public_pem()) + "}";
}

std::string target(JsonView question) {
    const JsonView known = *question.find("values");
    const auto made = UrlTemplate::compile(text_of_member(question, "base"), text_of_member(question, "template"),
                                           [&](std::string_view name) { return known.find(name).has_value(); });
    std::vector<std::string> texts;
    for (const TemplateVariable& variable : made.url.variables()) texts.push_back(text_of_member(known, variable.name));
    const std::vector<std::optional<std::string_view>> values(texts.begin(), texts.end());
    std::string text;
    made.url.render(values, text);
    std::vector<std::string> faults, warnings;
    for (const TemplateNote& fault : made.faults) faults.push_back(fault.code);
    for (const TemplateNote& warning : made.warnings) warnings.push_back(warning.code);
    return R"({"target":)" + json_string(text) + R"(,"basePathBytes":)" + std::to_string(made.url.base_path_bytes()) +
           R"(,"faults":)" + list_of(faults) + R"(,"warnings":)" + list_of(warnings) + "}";
}

std::string qsh(JsonView question) {
    const std::string canonical = canonical_of(question);
    const QueryStringHash of_target =
        query_string_hash_of_target(text_of_member(question, "method"), text_of_member(question, "target"),
                                    static_cast<std::size_t>(number_of_member(question, "basePathBytes")));
    return R"({"canonical":)" + json_string(canonical) + R"(,"qsh":)" + json_string(text_of(of_target)) + "}";
}

std::string sign(JsonView question) {
    const JsonView wanted = *question.find("claims");
    const std::string iss = text_of_member(wanted, "iss");
    const std::string hash = text_of_member(wanted, "qsh");
    const std::string sub = text_of_member(wanted, "sub");
    const std::string aud = text_of_member(wanted, "aud");
    const std::string key = text_of_member(question, "key");
    Claims claims;
    claims.iss = iss;
    claims.qsh = hash;
    claims.iat = std::chrono::sys_seconds(std::chrono::seconds(number_of_member(wanted, "iat")));
    claims.exp = claims.iat + kTokenLifetime;
    if (!sub.empty()) claims.sub = sub;
    if (!aud.empty()) claims.aud = aud;
    if (const auto context = wanted.find("context")) claims.context_json = context->raw();
    std::string token;
    if (text_of_member(question, "alg") == "RS256") {
        const auto pair = RsaKey::from_private_pem(key);
        if (!pair) return R"({"error":)" + json_string(to_string(pair.error())) + "}";
        token = rs256_token(claims, *pair, text_of_member(question, "kid"));
    } else {
        HmacKey secret(key);
        token = hs256_token(claims, secret);
    }
    return R"({"token":)" + json_string(token) + "}";
}

std::string check(JsonView question) {
    std::vector<std::string> faults;
    const auto add = [&faults](const std::optional<JwtFault>& fault) {
        if (fault) faults.push_back(fault->detail);
    };
    const auto token = decode_jwt(text_of_member(question, "token"));
    if (!token) return R"({"faults":)" + list_of({token.error().detail}) + "}";
    const std::string key = text_of_member(question, "key");
    if (text_of_member(question, "alg") == "RS256") {
        const auto public_key = RsaKey::from_public_pem(key);
        if (!public_key) return R"({"error":)" + json_string(to_string(public_key.error())) + "}";
        add(check_rs256_signature(*token, *public_key));
    } else {
        add(check_hs256_signature(*token, key));
    }
    add(check_times(*token, from_epoch_ms(number_of_member(question, "now") * 1000)));
    add(check_qsh(*token, canonical_of(question)));
    return R"({"faults":)" + list_of(faults) + "}";
}

std::string answer(const std::string& line) {
    if (const auto checked = check_json(line); !checked)
        return R"({"error":)" + json_string(checked.error().detail) + "}";
    const JsonView question(line);
    const std::string what = text_of_member(question, "do");
    if (what == "keys") return keys();
    if (what == "target") return target(question);
    if (what == "qsh") return qsh(question);
    if (what == "sign") return sign(question);
    if (what == "check") return check(question);
    return R"({"error":"unknown question"})";
}

}  // namespace

int main() {
    for (std::string line; std::getline(std::cin, line);) std::cout << answer(line) << "\n";
    return 0;
}
