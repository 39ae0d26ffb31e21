#pragma once
// The keys that sign and verify tokens: a shared secret (HS256), an RSA pair (RS256).

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

struct evp_mac_ctx_st;
struct evp_pkey_st;

namespace posthorn::wire {

/// HMAC-SHA-256 with the key schedule kept, so that a signature costs well below a microsecond. Signing
/// changes the state inside: one thread at a time.
class HmacKey {
public:
    /// The secret's UTF-8 bytes are the key, they are not decoded.
    explicit HmacKey(std::string_view secret);
    HmacKey(HmacKey&&) noexcept;
    HmacKey& operator=(HmacKey&&) noexcept;
    ~HmacKey();

    /// 32 bytes.
    using Signature = std::array<unsigned char, 32>;
    Signature sign(std::string_view bytes);

private:
    evp_mac_ctx_st* context_;
};

/// An RSA key, public or the pair. Cheap to copy; safe to share between threads.
class RsaKey {
public:
    /// A new pair of 2048 bits. Takes some 100 ms. Errors: io (no randomness).
    static Result<RsaKey> generate();
    /// PKCS #8 or PKCS #1, unencrypted, at least 2048 bits. Errors: invalid.
    static Result<RsaKey> from_private_pem(std::string_view pem);
    /// SubjectPublicKeyInfo, at least 2048 bits. Errors: invalid.
    static Result<RsaKey> from_public_pem(std::string_view pem);

    bool is_pair() const { return is_pair_; }
    /// PKCS #8. Only for a pair. Secret: never log it.
    std::string private_pem() const;
    /// SubjectPublicKeyInfo, as GET /install-keys/{kid} serves it.
    std::string public_pem() const;
    /// The DER of the same in base64 on one line, as lifecycle bodies carry it.
    std::string public_der_base64() const;

    /// RSASSA-PKCS1-v1_5 with SHA-256. Only for a pair. About 1 ms.
    std::string sign(std::string_view bytes) const;
    bool verifies(std::string_view bytes, std::string_view signature) const;

private:
    explicit RsaKey(std::shared_ptr<evp_pkey_st> key, bool is_pair) : key_(std::move(key)), is_pair_(is_pair) {}
    std::shared_ptr<evp_pkey_st> key_;
    bool is_pair_ = false;
};

}  // namespace posthorn::wire
