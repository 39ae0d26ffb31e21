// Rows: what was written is read back, and a later minor version is understood.
#include <algorithm>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "registry/api_key.h"
#include "registry/custom_types.h"
#include "registry/installation.h"
#include "registry/tenant.h"
#include "wire/json.h"

namespace posthorn::registry {
namespace {

MasterKey test_key() { return *MasterKey::from_bytes(std::string(32, 'k')); }

// Printable and not, all ASCII, with what JSON must escape.
std::string any_text() {
    return *rc::gen::container<std::string>(
        rc::gen::map(rc::gen::inRange(0, 128), [](int c) { return static_cast<char>(c); }));
}
std::string any_name() {
    return *rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::elementOf(std::string("abcxyz019-"))));
}
bool any_flag() { return *rc::gen::arbitrary<bool>(); }
std::uint32_t any_number() { return *rc::gen::inRange<std::uint32_t>(1, 1000); }
Moment any_moment() { return from_epoch_ms(*rc::gen::inRange<std::int64_t>(0, 4'000'000'000'000)); }

DeliveryDefaults any_defaults() {
    DeliveryDefaults defaults;
    if (any_flag()) {
        Retry retry{.kind = *rc::gen::element(Retry::Kind::connect, Retry::Kind::jira, Retry::Kind::custom)};
        if (retry.kind == Retry::Kind::custom) {
            for (auto n = any_number() % 5; n > 0; --n) retry.waits.emplace_back(any_number());
            retry.jitter = *rc::gen::inRange(0, 101) / 100.0;
        }
        defaults.retry = retry;
    }
    if (any_flag()) defaults.connect_timeout = Millis(any_number());
    if (any_flag()) defaults.answer_timeout = Millis(any_number());
    if (any_flag()) defaults.concurrency = any_number();
    return defaults;
}

Settings any_settings() {
    Settings settings;
    settings.install_signing =
        *rc::gen::element(InstallSigning::automatic, InstallSigning::asymmetric, InstallSigning::legacy);
    settings.delivery = any_defaults();
    if (any_flag()) settings.rate = wire::Rate{.count = any_number(), .per = std::chrono::minutes(1)};
    settings.ordering.kind =
        *rc::gen::element(Ordering::Kind::none, Ordering::Kind::receiver, Ordering::Kind::variable);
    if (settings.ordering.kind == Ordering::Kind::variable) settings.ordering.variable = any_name();
    settings.standard_webhooks = any_flag();
    settings.ca = any_text();
    for (auto n = any_number() % 3; n > 0; --n)
        settings.headers.push_back({.name = any_name(), .value = Secret(any_text())});
    return settings;
}

WebhookDeclaration any_webhook() {
    WebhookDeclaration webhook{.event = any_name(), .url = any_text(), .key = any_text(), .filter = any_text()};
    webhook.exclude_body = any_flag();
    if (any_flag()) webhook.property_keys = {any_text(), any_text()};
    if (any_flag()) webhook.params = {{any_text(), any_text()}};
    return webhook;
}

Installation any_installation() {
    Installation i;
    i.id = InstallationId{any_number()};
    i.tenant = TenantId{any_number()};
    for (auto times = any_number() % 3; times > 0; --times) {
        Descriptor descriptor{.text = any_text(), .key = any_name(), .name = any_text(), .version = any_text()};
        descriptor.base_url = any_text();
        descriptor.authentication = any_flag() ? Authentication::jwt : Authentication::none;
        descriptor.lifecycle = {any_text(), any_text(), any_text(), any_text()};
        descriptor.scopes = Scopes({any_text(), "read"});
        descriptor.migrations = {.signed_install = any_flag(), .gdpr = any_flag(), .context_qsh = any_flag()};
        for (auto n = any_number() % 4; n > 0; --n) descriptor.webhooks.push_back(any_webhook());
        take_descriptor(i, descriptor, {{.pointer = any_text(), .message = any_text()}});
    }
    i.state = *rc::gen::element(InstallationState::installing, InstallationState::enabled, InstallationState::disabled,
                                InstallationState::uninstalled);
    i.is_inspector = any_flag();
    i.is_paused = any_flag();
    if (i.is_paused) {
        i.paused_because = any_name();
        i.paused_at = any_moment();
    }
    if (any_flag())
        i.pauses = {{from_epoch_ms(1'000), from_epoch_ms(2'000)}, {from_epoch_ms(2'000), from_epoch_ms(2'500)}};
    i.descriptor_url = any_text();
    if (!i.webhooks.empty() && any_flag()) {
        i.webhooks.front().paused_because = any_name();
        i.webhooks.front().paused_at = any_moment();
    }
    i.settings = any_settings();
    if (any_flag()) i.signing_that_worked = InstallSigning::legacy;
    i.user = {.id = any_text(), .key = any_text(), .account_id = any_text(), .display_name = any_text()};
    i.sealed_secret = any_text();
    i.sealed_pending_secret = any_text();
    i.is_rotating = any_flag();
    i.owes_enabled = any_flag();
    i.created_at = any_moment();
    if (any_flag()) i.installed_at = any_moment();
    return i;
}

Tenant any_tenant() {
    Tenant tenant;
    tenant.id = TenantId{any_number()};
    tenant.key = any_name().substr(0, 64);
    tenant.product = any_flag() ? model::Product::jira : model::Product::confluence;
    tenant.client_key = any_text();
    tenant.base_url = any_text();
    tenant.display_name = any_text();
    tenant.service_entitlement_number = any_text();
    tenant.defaults = any_defaults();
    tenant.created_at = any_moment();
    return tenant;
}

// The row as a later minor version would write it: its version, and a member that nobody here knows.
model::RegistryRow as_later_minor(model::RegistryRow row) {
    row.value->replace(row.value->find("\"1.0\""), 5, "\"1.7\"");
    row.value->replace(0, 1, R"({"from_the_future":{"a":[1,2.5,null]},)");
    return row;
}

RC_GTEST_PROP(Rows, AnInstallationComesBackAsItWas, ()) {
    const auto installation = any_installation();
    const auto row = to_row(installation, test_key());
    RC_ASSERT(row.kind == "installation");
    RC_ASSERT(wire::check_json(*row.value).has_value());
    const auto back = installation_from_row(row, test_key());
    RC_ASSERT(back.has_value());
    RC_ASSERT(*back == installation);
    const auto later = installation_from_row(as_later_minor(row), test_key());
    RC_ASSERT(later.has_value());
    RC_ASSERT(*later == installation);
}

RC_GTEST_PROP(Rows, ATenantComesBackAsItWas, ()) {
    const auto tenant = any_tenant();
    const auto back = tenant_from_row(to_row(tenant));
    RC_ASSERT(back.has_value());
    RC_ASSERT(*back == tenant);
    RC_ASSERT(*tenant_from_row(as_later_minor(to_row(tenant))) == tenant);
}

RC_GTEST_PROP(Rows, AnApiKeyComesBackAsItWas, ()) {
    const auto role = *rc::gen::element(Role::admin, Role::tenant, Role::publish, Role::read);
    const auto key =
        make_api_key(role, TenantId{any_number()}, any_text(), any_text(), random_api_token(), any_moment());
    const auto back = api_key_from_row(to_row(key));
    RC_ASSERT(back.has_value());
    RC_ASSERT(*back == key);
    RC_ASSERT(*api_key_from_row(as_later_minor(to_row(key))) == key);
}

RC_GTEST_PROP(Rows, AWrongTypeIsCorruptAndNeverACrash, ()) {
    auto row = to_row(any_installation(), test_key());
    const auto colons = static_cast<std::size_t>(std::count(row.value->begin(), row.value->end(), ':'));
    auto skip = *rc::gen::inRange<std::size_t>(0, colons);
    std::size_t at = row.value->find(':');
    while (skip-- > 0) at = row.value->find(':', at + 1);
    row.value->insert(at + 1, *rc::gen::element<std::string>("[1],\"z\":", "{\"q\":null},\"z\":", "7,\"z\":"));
    const auto back = installation_from_row(row, test_key());
    RC_ASSERT(back.has_value() || back.error().code == Errc::corrupt || back.error().code == Errc::unsupported);
}

TEST(Rows, ACustomTypeComesBackAsItWas) {
    const catalogue::Catalogue catalogue;
    const auto type = catalogue::parse_custom_type(
        catalogue, model::Product::jira,
        R"({"event":"deploy_done","variables":{"deploy.id":["/a","/b"]},"schema":{"type":"object"},"sample":{"a":1}})");
    ASSERT_TRUE(type);
    const auto row = to_row(TenantId{3}, *type);
    EXPECT_EQ(row.key, "3/deploy_done");
    const auto back = custom_type_from_row(catalogue, model::Product::jira, row);
    ASSERT_TRUE(back);
    EXPECT_EQ(back->tenant, TenantId{3});
    EXPECT_EQ(catalogue::to_json(back->type), catalogue::to_json(*type));
}

TEST(Rows, ANewerMajorVersionOrAnotherKindIsRefused) {
    auto row = to_row(Tenant{.id = TenantId{1}, .key = "t"});
    EXPECT_TRUE(tenant_from_row(row));
    row.value->replace(row.value->find("\"1.0\""), 5, "\"2.0\"");
    EXPECT_EQ(tenant_from_row(row).error().code, Errc::unsupported);
    EXPECT_EQ(api_key_from_row(row).error().code, Errc::corrupt);
    row.value.reset();
    EXPECT_EQ(tenant_from_row(row).error().code, Errc::corrupt);
    auto no_id = to_row(Tenant{.id = TenantId{1}, .key = "t"});
    for (const auto key : {"", "x", "0", "01", "-1", "1x", "99999999999999999999"}) {
        no_id.key = key;
        EXPECT_EQ(tenant_from_row(no_id).error().code, Errc::corrupt) << key;
    }
}

}  // namespace
}  // namespace posthorn::registry
