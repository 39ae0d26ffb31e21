#pragma once
// Tokens of the current second, for calls that would get the very same one again.

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "sign/authorization.h"

namespace posthorn::sign {

/// What a token says is not signed twice: it knows its second, and of the call no more than URL and user; most webhooks
/// have the same URL for every event, and a busy add-on gets many calls a second. Net thread.
class RecentTokens {
public:
    /// "JWT <token>" of now, HS256 with the installation's current secret; nothing for add-ons without authentication
    /// or secret. Valid until the next call.
    std::optional<std::string_view> authorization(const SignedRequest& request,
                                                  const registry::Installation& installation,
                                                  const registry::Tenant& tenant, const model::ActingUser& user,
                                                  Moment now);

private:
    struct Entry {
        std::chrono::sys_seconds second;
        registry::HmacKeyPtr key;  // Kept, so that no other key comes to be at its address.
        bool is_gdpr = false;
        std::string client_key;
        std::size_t base_path_bytes = 0;
        std::string target;
        model::ActingUser user;
        std::string authorization;
    };
    // A busy add-on takes one for each of its URLs, of some 700 bytes.
    static constexpr std::size_t kEntries = 8192;
    std::array<std::unique_ptr<Entry>, kEntries> entries_;
};

}  // namespace posthorn::sign
