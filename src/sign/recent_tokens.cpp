#include "sign/recent_tokens.h"

#include <functional>
#include <tuple>

#include "base/assert.h"

namespace posthorn::sign {

std::optional<std::string_view> RecentTokens::authorization(const SignedRequest& request,
                                                            const registry::Installation& installation,
                                                            const registry::Tenant& tenant,
                                                            const model::ActingUser& user, Moment now) {
    if (installation.authentication == registry::Authentication::none || !installation.hmac) return std::nullopt;
    POSTHORN_ASSERT(request.method == "POST");
    const auto second = std::chrono::floor<std::chrono::seconds>(now);
    const auto place =
        std::hash<std::string_view>()(request.target) ^ std::hash<const void*>()(installation.hmac.get());
    auto& kept = entries_[(place ^ place >> 13 ^ place >> 26) % kEntries];
    if (!kept) kept = std::make_unique<Entry>();
    auto& entry = *kept;
    const auto said = std::tie(second, installation.hmac, installation.migrations.gdpr, request.base_path_bytes,
                               request.target, user, tenant.client_key);
    auto known = std::tie(entry.second, entry.key, entry.is_gdpr, entry.base_path_bytes, entry.target, entry.user,
                          entry.client_key);
    if (known == said) return entry.authorization;
    known = said;
    entry.authorization = authorization_with(request, *entry.key, installation, tenant, user, now);
    return entry.authorization;
}

}  // namespace posthorn::sign
