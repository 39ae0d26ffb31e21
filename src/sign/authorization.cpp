#include "sign/authorization.h"

#include "wire/base64.h"
#include "wire/json.h"
#include "wire/jwt.h"
#include "wire/qsh.h"

namespace posthorn::sign {

namespace {

/// The `context` claim: add-ons that declared the GDPR migration get no user data in it.
std::string context_of(const model::ActingUser& user, const registry::Installation& installation) {
    if (installation.migrations.gdpr || !user.is_known()) return "{}";
    std::string context = "{\"user\":{";
    auto add = [&, first = true](std::string_view name, const std::string& value) mutable {
        if (value.empty()) return;
        if (!first) context += ',';
        first = false;
        wire::append_json_string(context, name);
        context += ':';
        wire::append_json_string(context, value);
    };
    add("userKey", user.key);
    add("username", user.id);
    add("displayName", user.display_name);
    return context + "}}";
}

/// Claims with everything that they point to.
class OwnedClaims {
public:
    OwnedClaims(const SignedRequest& request, const registry::Installation& installation,
                const registry::Tenant& tenant, const model::ActingUser& user, Moment now)
        : qsh_(wire::query_string_hash_of_target(request.method, request.target, request.base_path_bytes)),
          context_(context_of(user, installation)) {
        claims_.iss = tenant.client_key;
        claims_.iat = std::chrono::floor<std::chrono::seconds>(now);
        claims_.exp = claims_.iat + wire::kTokenLifetime;
        claims_.qsh = wire::text_of(qsh_);
        claims_.context_json = context_;
        if (!user.account_id.empty()) claims_.sub = user.account_id;
        else if (!user.key.empty()) claims_.sub = user.key;
    }
    OwnedClaims(const OwnedClaims&) = delete;
    OwnedClaims& operator=(const OwnedClaims&) = delete;

    wire::Claims& claims() { return claims_; }

private:
    wire::QueryStringHash qsh_;
    std::string context_;
    wire::Claims claims_;
};

}  // namespace

std::string authorization_with(const SignedRequest& request, wire::HmacKey& key,
                               const registry::Installation& installation, const registry::Tenant& tenant,
                               const model::ActingUser& user, Moment now) {
    OwnedClaims owned(request, installation, tenant, user, now);
    std::string value = "JWT ";
    wire::append_hs256_token(value, owned.claims(), key);
    return value;
}

std::string install_authorization(const SignedRequest& request, const wire::RsaKey& key, std::string_view kid,
                                  const registry::Installation& installation, const registry::Tenant& tenant,
                                  const model::ActingUser& user, Moment now) {
    OwnedClaims owned(request, installation, tenant, user, now);
    owned.claims().aud = installation.base_url;
    return "JWT " + wire::rs256_token(owned.claims(), key, kid);
}

std::string standard_webhooks_lines(std::string_view id, std::string_view body, wire::HmacKey& key, Moment now) {
    const auto seconds = std::to_string(epoch_ms(now) / 1000);
    std::string content;
    content.reserve(id.size() + seconds.size() + body.size() + 2);
    content.append(id).append(".").append(seconds).append(".").append(body);
    const auto signature = key.sign(content);
    const auto text = wire::base64_encode({reinterpret_cast<const char*>(signature.data()), signature.size()});
    std::string lines = "webhook-id: ";
    lines.append(id).append("\r\nwebhook-timestamp: ").append(seconds);
    lines.append("\r\nwebhook-signature: v1,").append(text).append("\r\n");
    return lines;
}

}  // namespace posthorn::sign
