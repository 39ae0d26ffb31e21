// An installation's shared secrets: pending before the call that carries one, current once it was taken.
#include "registry/installation.h"

namespace posthorn::registry {

namespace {

std::string identity(InstallationId id, std::string_view which) {
    return "installation/" + std::to_string(id.value) + "/" + std::string(which);
}

Result<std::optional<Secret>> unseal(const std::string& sealed, const MasterKey& key, const std::string& identity) {
    if (sealed.empty()) return std::optional<Secret>();
    POSTHORN_TRY(auto secret, key.unseal(sealed, identity));
    return std::optional(std::move(secret));
}

}  // namespace

std::string secret_identity(InstallationId id) { return identity(id, "secret"); }
std::string pending_secret_identity(InstallationId id) { return identity(id, "pending-secret"); }

void put_pending_secret(Installation& installation, const Secret& secret, const MasterKey& key) {
    installation.sealed_pending_secret = key.seal(secret.reveal(), pending_secret_identity(installation.id));
}

Result<void> confirm_pending_secret(Installation& installation, const MasterKey& key) {
    if (installation.sealed_pending_secret.empty()) return {};
    POSTHORN_TRY(const auto secret,
                 key.unseal(installation.sealed_pending_secret, pending_secret_identity(installation.id)));
    installation.sealed_secret = key.seal(secret.reveal(), secret_identity(installation.id));
    installation.sealed_pending_secret.clear();
    installation.is_rotating = false;
    return {};
}

Result<std::optional<Secret>> current_secret(const Installation& installation, const MasterKey& key) {
    return unseal(installation.sealed_secret, key, secret_identity(installation.id));
}

Result<std::optional<Secret>> pending_secret(const Installation& installation, const MasterKey& key) {
    return unseal(installation.sealed_pending_secret, key, pending_secret_identity(installation.id));
}

}  // namespace posthorn::registry
