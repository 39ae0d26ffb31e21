#pragma once
// Secrets at rest: sealed by the master key with XChaCha20-Poly1305 (libsodium).

#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "io/file.h"
#include "registry/secret.h"

namespace posthorn::registry {

/// Whether the store that the key is for exists already: only a new one may get a new key.
enum class StoreAge : std::uint8_t { fresh, existing };

/// Where the master key comes from.
struct MasterKeyOptions {
    std::string file;        ///< --master-key-file; 32 bytes in base64, one line.
    std::string value = {};  ///< POSTHORN_MASTER_KEY, the key itself; holds over the file. Empty: not set.
    StoreAge store = StoreAge::existing;
};

/// Immutable; any thread may seal and unseal.
class MasterKey {
public:
    struct Loaded;

    /// Reads the key; for a fresh store without one, makes the file (mode 0600, never replacing one) and writes a
    /// random key. Errors: not_found (no key for an existing store; says what to do), invalid (not 32 bytes in
    /// base64; never shows what was there), io.
    static Result<Loaded> load(const MasterKeyOptions& options, io::Disk& disk);
    /// From 32 bytes; for tests and tools. Errors: invalid.
    static Result<MasterKey> from_bytes(std::string_view bytes);

    /// The secret as text (base64), fit for a row. `identity` names the place it belongs to, such as
    /// "installation/7/secret": the text can't be unsealed in any other place.
    std::string seal(std::string_view secret, std::string_view identity) const;
    /// Errors: corrupt (another key, another place or changed bytes), unsupported (a newer seal).
    Result<Secret> unseal(std::string_view sealed, std::string_view identity) const;

    /// What the store keeps (state::State::set_key_check) to recognise this key.
    std::string key_check() const;
    /// Whether a store's key check was made by this key. Errors: forbidden; the detail says what to do.
    Result<void> matches(std::string_view key_check) const;

private:
    explicit MasterKey(Secret key) : key_(std::move(key)) {}
    Secret key_;
};

struct MasterKey::Loaded {
    MasterKey key;
    bool is_new = false;   ///< The file was made by this call.
    std::string warning;   ///< Such as a file that others may read; empty when all is well.
};

}  // namespace posthorn::registry
