#include "registry/sealing.h"

#include <cstring>

#include <fmt/format.h>
#include <sodium.h>

#include "base/assert.h"
#include "io/random.h"
#include "wire/base64.h"

namespace posthorn::registry {

namespace {

// The first byte of a seal says how it was made. Layout: this byte, the nonce, the sealed bytes with their tag.
constexpr char kSealVersion = 1;
constexpr std::size_t kNonceBytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kTagBytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr std::size_t kKeyBytes = crypto_aead_xchacha20poly1305_ietf_KEYBYTES;
constexpr std::string_view kCheckIdentity = "posthorn/key-check";
constexpr std::string_view kCheckText = "posthorn";

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

}  // namespace

Result<MasterKey> MasterKey::from_bytes(std::string_view bytes) {
    if (bytes.size() != kKeyBytes)
        return fail(Errc::invalid, fmt::format("a master key has {} bytes, not {}", kKeyBytes, bytes.size()));
    POSTHORN_ASSERT(sodium_init() >= 0);
    return MasterKey(Secret::copy_of(bytes));
}

std::string MasterKey::seal(std::string_view secret, std::string_view identity) const {
    std::string sealed(1, kSealVersion);
    sealed += io::random_bytes(kNonceBytes);
    const std::string nonce = sealed.substr(1);
    sealed.resize(1 + kNonceBytes + secret.size() + kTagBytes);
    unsigned long long length = 0;
    crypto_aead_xchacha20poly1305_ietf_encrypt(bytes_of(sealed) + 1 + kNonceBytes, &length, bytes_of(secret),
                                               secret.size(), bytes_of(identity), identity.size(), nullptr,
                                               bytes_of(std::string_view(nonce)), bytes_of(key_.reveal()));
    POSTHORN_ASSERT(length == secret.size() + kTagBytes);
    return wire::base64_encode(sealed);
}

Result<Secret> MasterKey::unseal(std::string_view sealed, std::string_view identity) const {
    const auto corrupt = [&] {
        return fail(Errc::corrupt,
                    "a sealed secret can't be opened: its bytes were changed, it was moved from another place, or "
                    "the master key is not the one that sealed it",
                    std::string(identity));
    };
    const auto decoded = wire::base64_decode(sealed);
    if (!decoded || decoded->empty()) return corrupt();
    if (decoded->front() != kSealVersion)
        return fail(Errc::unsupported, "a secret was sealed by a newer Posthorn", std::string(identity));
    if (decoded->size() < 1 + kNonceBytes + kTagBytes) return corrupt();
    const auto nonce = std::string_view(*decoded).substr(1, kNonceBytes);
    const auto box = std::string_view(*decoded).substr(1 + kNonceBytes);
    std::string plain(box.size() - kTagBytes, '\0');
    unsigned long long length = 0;
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(bytes_of(plain), &length, nullptr, bytes_of(box), box.size(),
                                                   bytes_of(identity), identity.size(), bytes_of(nonce),
                                                   bytes_of(key_.reveal())) != 0)
        return corrupt();
    return Secret(std::move(plain));
}

std::string MasterKey::key_check() const { return seal(kCheckText, kCheckIdentity); }

Result<void> MasterKey::matches(std::string_view key_check) const {
    const auto opened = unseal(key_check, kCheckIdentity);
    if (opened && opened->reveal() == kCheckText) return {};
    if (!opened && opened.error().code == Errc::unsupported) return opened.error();
    return fail(Errc::forbidden,
                "this master key is not the one that the store's secrets are sealed with; start with the "
                "--master-key-file or POSTHORN_MASTER_KEY that the store was made with (its backup, if the file "
                "was lost), or with another --data folder");
}

}  // namespace posthorn::registry
