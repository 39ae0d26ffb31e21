#pragma once
// Judging the token of a received request, and finding the mistake when it doesn't fit.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/moment.h"
#include "base/result.h"
#include "wire/jwt_check.h"

namespace posthorn::sign {

/// What is to be judged.
struct ReceivedRequest {
    std::string method = "POST";
    std::string url;       ///< Absolute, or path and query alone.
    std::string base_url;  ///< The add-on's; empty: its path is "".
    std::string token;     ///< With or without "JWT " in front.
};

/// Whom to believe: one of the two.
struct VerificationKey {
    std::optional<std::string> secret;
    std::optional<wire::RsaKey> public_key;
};

/// One check; `wrong` is empty when it is fine.
struct Check {
    std::string name;
    std::string wrong;
    bool is_ok() const { return wrong.empty(); }
};

struct Verification {
    std::vector<Check> checks;  ///< signature, times, qsh, in this order.
    std::string expected;       ///< The canonical request as we see it.
    std::string signed_for;     ///< The canonical request that gives the token's qsh, if we found it.
    std::optional<wire::DecodedJwt> token;
    bool is_ok() const;
};

/// Never an error: a token that can't be read fails all three checks, each saying why. Any thread.
Verification verify(const ReceivedRequest& request, const VerificationKey& key, Moment now);

/// A canonical request that a sender (or a proxy on the way) may have meant instead, and how it came about.
struct QshMistake {
    std::string canonical;
    std::string explanation;  ///< "the path of the base URL was not left out".
};
/// The likeliest mistake whose hash is `qsh`; nothing if none fits. Some hundred hashes at most.
std::optional<QshMistake> find_qsh_mistake(const ReceivedRequest& request, std::string_view qsh);

}  // namespace posthorn::sign
