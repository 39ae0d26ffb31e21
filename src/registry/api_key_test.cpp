#include "registry/api_key.h"

#include <gtest/gtest.h>

#include "wire/base64.h"

namespace posthorn::registry {
namespace {

constexpr TenantId kOurs{1};
constexpr TenantId kOther{2};

ApiKey key_with(Role role, TenantId tenant = {}, std::string addon = {}) {
    ApiKey key;
    key.role = role;
    key.tenant = tenant;
    key.addon = std::move(addon);
    return key;
}

TEST(ApiKeyTest, ATokenIsPhkAnd32RandomBytes) {
    const auto token = random_api_token();
    ASSERT_TRUE(token.reveal().starts_with("phk_"));
    EXPECT_EQ(wire::base64url_decode(token.reveal().substr(4))->size(), 32u);
    EXPECT_FALSE(token == random_api_token());
}

TEST(ApiKeyTest, OnlyItsOwnTokenMatches) {
    const auto token = random_api_token();
    const auto key = make_api_key(Role::admin, {}, "", "first", token, from_epoch_ms(5));
    EXPECT_TRUE(token_matches(key, token.reveal()));
    EXPECT_FALSE(token_matches(key, random_api_token().reveal()));
    EXPECT_FALSE(token_matches(key, ""));
    EXPECT_TRUE(key.id.starts_with("key_"));
    EXPECT_EQ(to_row(key).value->find(token.reveal()), std::string::npos);
}

TEST(ApiKeyTest, TheHashIsSha256) {
    // FIPS 180-2, appendix B.1.
    const auto hash = hash_of_token("abc");
    EXPECT_EQ(hash[0], 0xba);
    EXPECT_EQ(hash[31], 0xad);
}

TEST(May, AdminMayAll) {
    const auto key = key_with(Role::admin);
    for (const auto action : {Action::read_server, Action::read_tenant, Action::read_addon, Action::publish_event,
                              Action::change_addon, Action::change_tenant, Action::change_server})
        EXPECT_TRUE(may(key, action, {.tenant = kOther, .addon = "x"}));
}

TEST(May, TenantKeysAreForTheirTenant) {
    const auto key = key_with(Role::tenant, kOurs);
    for (const auto action : {Action::read_tenant, Action::read_addon, Action::publish_event, Action::change_addon,
                              Action::change_tenant}) {
        EXPECT_TRUE(may(key, action, {.tenant = kOurs}));
        EXPECT_FALSE(may(key, action, {.tenant = kOther}));
        EXPECT_FALSE(may(key, action, {}));
    }
    EXPECT_FALSE(may(key, Action::read_server, {}));
    EXPECT_FALSE(may(key, Action::change_server, {.tenant = kOurs}));
}

TEST(May, AKeyForOneAddOnTouchesNothingElse) {
    const auto key = key_with(Role::tenant, kOurs, "mine");
    EXPECT_TRUE(may(key, Action::change_addon, {.tenant = kOurs, .addon = "mine"}));
    EXPECT_TRUE(may(key, Action::read_addon, {.tenant = kOurs, .addon = "mine"}));
    EXPECT_FALSE(may(key, Action::change_addon, {.tenant = kOurs, .addon = "other"}));
    EXPECT_FALSE(may(key, Action::change_addon, {.tenant = kOther, .addon = "mine"}));
    EXPECT_FALSE(may(key, Action::read_addon, {.tenant = kOurs}));
    EXPECT_FALSE(may(key, Action::publish_event, {.tenant = kOurs}));
    EXPECT_FALSE(may(key, Action::change_tenant, {.tenant = kOurs}));
}

TEST(May, PublishKeysOnlyPublish) {
    const auto key = key_with(Role::publish, kOurs);
    EXPECT_TRUE(may(key, Action::publish_event, {.tenant = kOurs}));
    EXPECT_FALSE(may(key, Action::publish_event, {.tenant = kOther}));
    for (const auto action : {Action::read_server, Action::read_tenant, Action::read_addon, Action::change_addon,
                              Action::change_tenant, Action::change_server})
        EXPECT_FALSE(may(key, action, {.tenant = kOurs}));
}

TEST(May, ReadKeysOnlyRead) {
    const auto everywhere = key_with(Role::read);
    EXPECT_TRUE(may(everywhere, Action::read_server, {}));
    EXPECT_TRUE(may(everywhere, Action::read_addon, {.tenant = kOther, .addon = "x"}));
    const auto here = key_with(Role::read, kOurs);
    EXPECT_FALSE(may(here, Action::read_server, {}));
    EXPECT_TRUE(may(here, Action::read_tenant, {.tenant = kOurs}));
    EXPECT_FALSE(may(here, Action::read_tenant, {.tenant = kOther}));
    for (const auto action :
         {Action::publish_event, Action::change_addon, Action::change_tenant, Action::change_server})
        EXPECT_FALSE(may(everywhere, action, {.tenant = kOurs}));
}

TEST(ApiKeyTest, ARowThatLostItsLimitIsCorrupt) {
    auto row = to_row(make_api_key(Role::publish, kOurs, "", "", random_api_token(), from_epoch_ms(5)));
    const auto at = row.value->find("\"tenant\":1,");
    ASSERT_NE(at, std::string::npos);
    row.value->erase(at, 11);
    EXPECT_EQ(api_key_from_row(row).error().code, Errc::corrupt);
}

}  // namespace
}  // namespace posthorn::registry
