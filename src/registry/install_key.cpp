#include "registry/install_key.h"

#include <boost/json/object.hpp>

#include "io/random.h"
#include "registry/row_json.h"

namespace posthorn::registry {

namespace {

std::string identity_of(std::string_view kid) { return "install_key/" + std::string(kid) + "/private"; }

}  // namespace

Result<InstallKey> make_install_key(const MasterKey& key, Moment now) {
    POSTHORN_TRY(const auto pair, wire::RsaKey::generate());
    InstallKey made;
    made.kid = io::random_uuid();
    const Secret pem(pair.private_pem());
    made.sealed_private_pem = key.seal(pem.reveal(), identity_of(made.kid));
    made.public_pem = pair.public_pem();
    made.public_der_base64 = pair.public_der_base64();
    made.created_at = now;
    made.is_current = true;
    return made;
}

Result<wire::RsaKey> open_install_key(const InstallKey& install_key, const MasterKey& key) {
    POSTHORN_TRY(const auto pem, key.unseal(install_key.sealed_private_pem, identity_of(install_key.kid)));
    auto pair = wire::RsaKey::from_private_pem(pem.reveal());
    if (!pair) return fail(Errc::corrupt, "the stored install key can't be read", "install_key/" + install_key.kid);
    return pair;
}

model::RegistryRow to_row(const InstallKey& install_key) {
    auto object = new_row_object();
    object["sealed_private_pem"] = install_key.sealed_private_pem;
    object["public_pem"] = install_key.public_pem;
    object["public_der_base64"] = install_key.public_der_base64;
    object["created_at"] = epoch_ms(install_key.created_at);
    object["is_current"] = install_key.is_current;
    return make_row("install_key", install_key.kid, object);
}

Result<InstallKey> install_key_from_row(const model::RegistryRow& row) {
    POSTHORN_TRY(auto reader, RowReader::open(row, "install_key"));
    InstallKey key;
    key.kid = row.key;
    key.sealed_private_pem = reader.text("sealed_private_pem");
    key.public_pem = reader.text("public_pem");
    key.public_der_base64 = reader.text("public_der_base64");
    key.created_at = reader.moment("created_at");
    key.is_current = reader.flag("is_current");
    POSTHORN_CHECK(reader.finish());
    return key;
}

}  // namespace posthorn::registry
