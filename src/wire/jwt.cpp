#include "wire/jwt.h"

#include <charconv>

#include "base/assert.h"
#include "wire/base64.h"
#include "wire/json_string.h"

namespace posthorn::wire {
namespace {

void append_number(std::string& out, std::chrono::sys_seconds at) {
    char digits[24];
    const auto [end, code] = std::to_chars(digits, digits + sizeof digits, at.time_since_epoch().count());
    out.append(digits, end);
}

void append_claims(std::string& out, const Claims& claims) {
    out += R"({"iss":)";
    append_json_string(out, claims.iss);
    out += R"(,"iat":)";
    append_number(out, claims.iat);
    out += R"(,"exp":)";
    append_number(out, claims.exp);
    out += R"(,"qsh":)";
    append_json_string(out, claims.qsh);
    if (claims.sub) {
        out += R"(,"sub":)";
        append_json_string(out, *claims.sub);
    }
    if (claims.aud) {
        out += R"(,"aud":[)";
        append_json_string(out, *claims.aud);
        out += "]";
    }
    if (!claims.context_json.empty()) {
        out += R"(,"context":)";
        out += claims.context_json;
    }
    out += "}";
}

}  // namespace

void append_hs256_token(std::string& out, const Claims& claims, HmacKey& key) {
    static const std::string header = base64url_encode(R"({"typ":"JWT","alg":"HS256"})") + ".";
    thread_local std::string text;  // Keeps its memory from call to call.
    text.clear();
    append_claims(text, claims);

    const std::size_t start = out.size();
    out.reserve(start + header.size() + (text.size() * 4 + 2) / 3 + 1 + 43);
    out += header;
    append_base64url(out, text);
    const auto signature = key.sign(std::string_view(out).substr(start));
    out.push_back('.');
    append_base64url(out, {reinterpret_cast<const char*>(signature.data()), signature.size()});
}

std::string hs256_token(const Claims& claims, HmacKey& key) {
    std::string out;
    append_hs256_token(out, claims, key);
    return out;
}

std::string rs256_token(const Claims& claims, const RsaKey& key, std::string_view kid) {
    POSTHORN_ASSERT(key.is_pair());
    std::string text = R"({"typ":"JWT","alg":"RS256","kid":)";
    append_json_string(text, kid);
    text += "}";
    std::string out;
    append_base64url(out, text);
    out.push_back('.');
    text.clear();
    append_claims(text, claims);
    append_base64url(out, text);
    const std::string signature = key.sign(out);
    out.push_back('.');
    append_base64url(out, signature);
    return out;
}

}  // namespace posthorn::wire
