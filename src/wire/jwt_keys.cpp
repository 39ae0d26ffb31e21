#include "wire/jwt_keys.h"

#include <memory>
#include <utility>

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "base/assert.h"
#include "wire/base64.h"

namespace posthorn::wire {
namespace {

constexpr int kRsaBitsMin = 2048;

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using Key = std::shared_ptr<EVP_PKEY>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

Bio reader_of(std::string_view pem) {
    return Bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free);
}

std::string taken_from(BIO* memory) {
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(memory, &bytes);
    return std::string(bytes, static_cast<std::size_t>(size));
}

// No terminal is ever asked for a passphrase.
int no_passphrase(char*, int, int, void*) { return 0; }

Result<Key> checked(EVP_PKEY* raw) {
    if (raw == nullptr) return fail(Errc::invalid, "this is not a PEM key of the kind expected");
    Key key(raw, &EVP_PKEY_free);
    if (EVP_PKEY_is_a(raw, "RSA") != 1) return fail(Errc::invalid, "the key is not an RSA key");
    if (EVP_PKEY_get_bits(raw) < kRsaBitsMin) {
        return fail(Errc::invalid,
                    "the RSA key has " + std::to_string(EVP_PKEY_get_bits(raw)) + " bits, at least 2048 are needed");
    }
    return key;
}

}  // namespace

HmacKey::HmacKey(std::string_view secret) {
    EVP_MAC* const algorithm = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
    context_ = EVP_MAC_CTX_new(algorithm);
    EVP_MAC_free(algorithm);  // The context holds on to it.
    char digest[] = "SHA256";
    const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                                     OSSL_PARAM_construct_end()};
    // A null pointer would mean "the key of before", so an empty secret needs a real one.
    const char* const bytes = secret.empty() ? "" : secret.data();
    const int started =
        EVP_MAC_init(context_, reinterpret_cast<const unsigned char*>(bytes), secret.size(), parameters);
    POSTHORN_ASSERT(started == 1);
}

HmacKey::HmacKey(HmacKey&& other) noexcept : context_(std::exchange(other.context_, nullptr)) {}

HmacKey& HmacKey::operator=(HmacKey&& other) noexcept {
    std::swap(context_, other.context_);
    return *this;
}

HmacKey::~HmacKey() { EVP_MAC_CTX_free(context_); }

HmacKey::Signature HmacKey::sign(std::string_view bytes) {
    Signature signature{};
    std::size_t size = 0;
    // Without a key, init goes back to the state right behind the key, which is kept.
    const int started = EVP_MAC_init(context_, nullptr, 0, nullptr);
    POSTHORN_ASSERT(started == 1);
    EVP_MAC_update(context_, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
    EVP_MAC_final(context_, signature.data(), &size, signature.size());
    POSTHORN_ASSERT(size == signature.size());
    return signature;
}

Result<RsaKey> RsaKey::generate() {
    EVP_PKEY* const key = EVP_RSA_gen(kRsaBitsMin);
    if (key == nullptr) return fail(Errc::io, "no RSA key could be made: the system gave no randomness");
    return RsaKey(Key(key, &EVP_PKEY_free), true);
}

Result<RsaKey> RsaKey::from_private_pem(std::string_view pem) {
    const Bio bio = reader_of(pem);
    POSTHORN_TRY(auto key, checked(PEM_read_bio_PrivateKey(bio.get(), nullptr, &no_passphrase, nullptr)));
    return RsaKey(std::move(key), true);
}

Result<RsaKey> RsaKey::from_public_pem(std::string_view pem) {
    const Bio bio = reader_of(pem);
    POSTHORN_TRY(auto key, checked(PEM_read_bio_PUBKEY(bio.get(), nullptr, &no_passphrase, nullptr)));
    return RsaKey(std::move(key), false);
}

std::string RsaKey::private_pem() const {
    POSTHORN_ASSERT(is_pair_);
    const Bio bio(BIO_new(BIO_s_mem()), &BIO_free);
    const int written = PEM_write_bio_PKCS8PrivateKey(bio.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr);
    POSTHORN_ASSERT(written == 1);
    return taken_from(bio.get());
}

std::string RsaKey::public_pem() const {
    const Bio bio(BIO_new(BIO_s_mem()), &BIO_free);
    const int written = PEM_write_bio_PUBKEY(bio.get(), key_.get());
    POSTHORN_ASSERT(written == 1);
    return taken_from(bio.get());
}

std::string RsaKey::public_der_base64() const {
    const Bio bio(BIO_new(BIO_s_mem()), &BIO_free);
    const int written = i2d_PUBKEY_bio(bio.get(), key_.get());
    POSTHORN_ASSERT(written == 1);
    return base64_encode(taken_from(bio.get()));
}

std::string RsaKey::sign(std::string_view bytes) const {
    POSTHORN_ASSERT(is_pair_);
    const DigestContext context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    const auto* const data = reinterpret_cast<const unsigned char*>(bytes.data());
    std::size_t size = 0;
    int done = EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get());
    POSTHORN_ASSERT(done == 1);
    done = EVP_DigestSign(context.get(), nullptr, &size, data, bytes.size());
    POSTHORN_ASSERT(done == 1);
    std::string signature(size, '\0');
    done = EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, data, bytes.size());
    POSTHORN_ASSERT(done == 1);
    signature.resize(size);
    return signature;
}

bool RsaKey::verifies(std::string_view bytes, std::string_view signature) const {
    const DigestContext context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    const int started = EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get());
    POSTHORN_ASSERT(started == 1);
    return EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature.data()), signature.size(),
                            reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()) == 1;
}

}  // namespace posthorn::wire
