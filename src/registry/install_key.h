#pragma once
// The RSA keys that sign install calls (connect.md section 3).

#include <string>

#include "base/moment.h"
#include "base/result.h"
#include "model/record.h"
#include "registry/sealing.h"
#include "wire/jwt_keys.h"

namespace posthorn::registry {

/// A value. Old ones stay readable at /install-keys/{kid}.
struct InstallKey {
    std::string kid;  ///< A random UUID.
    std::string sealed_private_pem;
    std::string public_pem;         ///< SubjectPublicKeyInfo.
    std::string public_der_base64;  ///< `publicKey` of lifecycle bodies.
    Moment created_at;
    bool is_current = false;

    bool operator==(const InstallKey&) const = default;
};

/// A new current pair, 2048 bits. Takes some 100 ms: not in the net thread. Errors: io.
Result<InstallKey> make_install_key(const MasterKey& key, Moment now);

/// The pair, for signing. Errors: corrupt.
Result<wire::RsaKey> open_install_key(const InstallKey& install_key, const MasterKey& key);

/// A row of kind "install_key"; its key is the kid.
model::RegistryRow to_row(const InstallKey& install_key);
/// Errors: corrupt, unsupported (a newer major version of the row).
Result<InstallKey> install_key_from_row(const model::RegistryRow& row);

}  // namespace posthorn::registry
