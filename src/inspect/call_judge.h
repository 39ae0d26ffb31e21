#pragma once
// What is to be thought of a call's token: who signed it, and whether it holds.

#include <optional>
#include <string>

#include <boost/json/object.hpp>

#include "inspect/recorded_call.h"
#include "sign/verification.h"

namespace posthorn::inspect {

/// Whom the inspector knows for one token.
struct KnownSigner {
    sign::VerificationKey key;  ///< Of the secret or public key that is to be tried.
    std::string name;           ///< "shared secret", "install key KID"; empty: nobody known.
    std::string why_unknown;    ///< For a person, when nobody is known.
};

/// Whether a token's `aud` counts: it does in what brings or ends a secret (connect.md section 3).
enum class Audience : std::uint8_t { any, must_be_us };

struct Judgement {
    sign::Verification verification;  ///< Checks `signature`, `times`, `qsh` and perhaps `audience`.
    std::string signer;
    bool has_token = false;

    bool is_ok() const { return has_token && verification.is_ok(); }
    /// The name of the first check that failed and why; empty when all is well.
    std::string first_fault() const;
};

/// The token of the Authorization header (JWT or Bearer), else of the query parameter `jwt`; may be empty.
std::string token_of(const RecordedCall& call);

/// `base_url` is the inspector's. Some hundred hashes when the qsh is wrong, so not on the net thread.
Judgement judge(const RecordedCall& call, const std::string& base_url, const KnownSigner& signer, Audience audience,
                Moment now);

/// {"present","ok","signer","wrong"}
boost::json::object summary_json(const Judgement& judgement);
/// The same with "algorithm","header","claims","checks","canonical","signedFor".
boost::json::object full_json(const Judgement& judgement);

}  // namespace posthorn::inspect
