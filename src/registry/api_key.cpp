#include "registry/api_key.h"

#include <algorithm>

#include <sodium.h>
#include <boost/json/object.hpp>

#include "io/random.h"
#include "registry/row_json.h"
#include "wire/base64.h"

namespace posthorn::registry {

namespace json = boost::json;

namespace {

constexpr std::array<std::string_view, 4> kRoles = {"admin", "tenant", "publish", "read"};
constexpr std::string_view kTokenPrefix = "phk_";
constexpr std::size_t kTokenRandomBytes = 32;
constexpr std::size_t kIdRandomBytes = 12;  // 16 characters of base64url.

bool is_of_tenant(const ApiKey& key, const Subject& subject) { return subject.tenant && subject.tenant == key.tenant; }

bool may_as_tenant(const ApiKey& key, Action action, const Subject& subject) {
    if (!is_of_tenant(key, subject)) return false;
    const bool is_for_one_addon = !key.addon.empty();
    switch (action) {
        case Action::read_tenant: return true;
        case Action::read_addon:
        case Action::change_addon: return !is_for_one_addon || subject.addon == key.addon;
        case Action::publish_event:
        case Action::change_tenant: return !is_for_one_addon;
        case Action::read_server:
        case Action::change_server: return false;
    }
    return false;
}

bool may_as_reader(const ApiKey& key, Action action, const Subject& subject) {
    switch (action) {
        case Action::read_server: return !key.tenant;
        case Action::read_tenant:
        case Action::read_addon: return !key.tenant || is_of_tenant(key, subject);
        default: return false;
    }
}

}  // namespace

std::string_view to_text(Role role) { return kRoles[static_cast<std::size_t>(role)]; }

std::optional<Role> parse_role(std::string_view text) {
    const auto found = std::ranges::find(kRoles, text);
    if (found == kRoles.end()) return std::nullopt;
    return static_cast<Role>(found - kRoles.begin());
}

bool may(const ApiKey& key, Action action, const Subject& subject) {
    switch (key.role) {
        case Role::admin: return true;
        case Role::tenant: return may_as_tenant(key, action, subject);
        case Role::publish: return action == Action::publish_event && is_of_tenant(key, subject);
        case Role::read: return may_as_reader(key, action, subject);
    }
    return false;
}

Secret random_api_token() {
    const Secret random(io::random_bytes(kTokenRandomBytes));
    std::string token(kTokenPrefix);
    token.reserve(kTokenPrefix.size() + 2 * kTokenRandomBytes);
    wire::append_base64url(token, random.reveal());
    return Secret(std::move(token));
}

TokenHash hash_of_token(std::string_view token) {
    TokenHash hash{};
    static_assert(sizeof(TokenHash) == crypto_hash_sha256_BYTES);
    crypto_hash_sha256(hash.data(), reinterpret_cast<const unsigned char*>(token.data()), token.size());
    return hash;
}

bool token_matches(const ApiKey& key, std::string_view token) {
    const auto hash = hash_of_token(token);
    return sodium_memcmp(hash.data(), key.hash.data(), hash.size()) == 0;
}

ApiKey make_api_key(Role role, TenantId tenant, std::string addon, std::string note, const Secret& token, Moment now) {
    return {.id = "key_" + wire::base64url_encode(io::random_bytes(kIdRandomBytes)),
            .role = role,
            .tenant = tenant,
            .addon = std::move(addon),
            .note = std::move(note),
            .hash = hash_of_token(token.reveal()),
            .created_at = now};
}

model::RegistryRow to_row(const ApiKey& key) {
    auto object = new_row_object();
    object["role"] = json::string(to_text(key.role));
    if (key.tenant) object["tenant"] = static_cast<std::int64_t>(key.tenant.value);
    if (!key.addon.empty()) object["addon"] = key.addon;
    if (!key.note.empty()) object["note"] = key.note;
    object["sha256"] = wire::base64_encode({reinterpret_cast<const char*>(key.hash.data()), key.hash.size()});
    object["created_at"] = epoch_ms(key.created_at);
    return make_row("api_key", key.id, object);
}

Result<ApiKey> api_key_from_row(const model::RegistryRow& row) {
    POSTHORN_TRY(auto reader, RowReader::open(row, "api_key"));
    ApiKey key;
    key.id = row.key;
    if (const auto role = parse_role(reader.text("role"))) key.role = *role;
    else reader.refuse("role");
    key.tenant = TenantId{static_cast<std::uint64_t>(reader.integer_if_there("tenant").value_or(0))};
    key.addon = reader.text_or_empty("addon");
    key.note = reader.text_or_empty("note");
    const auto hash = wire::base64_decode(reader.text("sha256"));
    if (hash && hash->size() == key.hash.size()) std::ranges::copy(*hash, reinterpret_cast<char*>(key.hash.data()));
    else reader.refuse("sha256");
    key.created_at = reader.moment("created_at");
    // A key whose limit was lost would be a key without limits.
    if ((key.role == Role::tenant || key.role == Role::publish) && !key.tenant) reader.refuse("tenant");
    POSTHORN_CHECK(reader.finish());
    return key;
}

}  // namespace posthorn::registry
