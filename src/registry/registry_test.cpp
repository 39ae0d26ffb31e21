#include "registry/registry.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace posthorn::registry {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const catalogue::Catalogue& shared_catalogue() {
    static const catalogue::Catalogue kCatalogue;
    return kCatalogue;
}

MasterKey test_key() { return *MasterKey::from_bytes(std::string(32, 'k')); }

Tenant tenant_named(std::string key) {
    Tenant tenant;
    tenant.client_key = "client-" + key;
    tenant.key = std::move(key);
    tenant.created_at = from_epoch_ms(1);
    return tenant;
}

WebhookDeclaration hook(std::string event, std::string url = "/h", std::string key = {}, std::string filter = {}) {
    return {.event = std::move(event), .url = std::move(url), .key = std::move(key), .filter = std::move(filter)};
}

Descriptor descriptor_with(std::vector<WebhookDeclaration> webhooks, std::string key = "addon") {
    Descriptor descriptor;
    descriptor.text = "{}";
    descriptor.key = std::move(key);
    descriptor.base_url = "https://a.example/base";
    descriptor.lifecycle.installed = "/installed";
    descriptor.scopes = Scopes({"READ"});
    descriptor.webhooks = std::move(webhooks);
    return descriptor;
}

std::string target_of(const Webhook& webhook, std::optional<std::string_view> value = {}) {
    std::vector<std::optional<std::string_view>> values(webhook.url.variables().size(), value);
    std::string target;
    webhook.url.render(values, target);
    return target;
}

struct RegistryTest : testing::Test {
    void change(RegistryChange one) {
        auto prepared = registry.prepare({std::move(one)});
        ASSERT_TRUE(prepared) << to_string(prepared.error());
        const auto applied = registry.apply(*prepared);
        ASSERT_TRUE(applied) << to_string(applied.error());
        for (const auto& row : prepared->rows.rows) stored.push_back(row);
    }
    TenantId add_tenant(std::string key) {
        change(PutTenant{tenant_named(key)});
        return registry.snapshot()->find_tenant(key)->id;
    }
    Installation draft(TenantId tenant, std::string addon, std::vector<WebhookDeclaration> webhooks) {
        Installation installation;
        installation.id = registry.reserve_installation_id();
        installation.tenant = tenant;
        installation.state = InstallationState::enabled;
        take_descriptor(installation, descriptor_with(std::move(webhooks), std::move(addon)), {});
        return installation;
    }
    InstallationId add(TenantId tenant, std::string addon, std::vector<WebhookDeclaration> webhooks) {
        auto installation = draft(tenant, std::move(addon), std::move(webhooks));
        const auto id = installation.id;
        change(PutInstallation{std::move(installation)});
        return id;
    }
    template <class Edit>
    void edit(InstallationId id, Edit edit) {
        auto copy = *registry.snapshot()->find_installation(id);
        edit(copy);
        change(PutInstallation{std::move(copy)});
    }
    // "addon:number" of each webhook that hears.
    std::vector<std::string> hearers(TenantId tenant, std::string_view event) {
        return hearers(*registry.snapshot(), tenant, event);
    }
    static std::vector<std::string> hearers(const Snapshot& snapshot, TenantId tenant, std::string_view event) {
        std::vector<std::string> names;
        for (const auto& hearing : snapshot.webhooks_that_hear(tenant, event))
            names.push_back(fmt::format("{}:{}", hearing.installation->addon_key, hearing.webhook->number));
        return names;
    }

    Registry registry{shared_catalogue(), test_key(), {}};
    Rows stored;
};

TEST_F(RegistryTest, AFreshStoreHasBothTenantsAndAnInstallKey) {
    const auto rows = first_rows(test_key(), from_epoch_ms(1));
    ASSERT_TRUE(rows);
    ASSERT_TRUE(registry.load(*rows));
    const auto snapshot = registry.snapshot();
    ASSERT_NE(snapshot->find_tenant("jira"), nullptr);
    ASSERT_NE(snapshot->find_tenant("confluence"), nullptr);
    EXPECT_EQ(snapshot->find_tenant("confluence")->product, model::Product::confluence);
    EXPECT_NE(snapshot->find_tenant("jira")->client_key, snapshot->find_tenant("confluence")->client_key);
    ASSERT_NE(snapshot->current_install_key(), nullptr);
    EXPECT_EQ(snapshot->find_install_key(snapshot->current_install_key()->kid), snapshot->current_install_key());
    EXPECT_EQ(add_tenant("third").value, 3u);
}

TEST_F(RegistryTest, FindsTenantsAndInstallationsByIdAndKey) {
    const auto one = add_tenant("one");
    const auto two = add_tenant("two");
    const auto id = add(two, "addon", {hook("jira:issue_created")});
    const auto snapshot = registry.snapshot();
    EXPECT_EQ(snapshot->find_tenant(one)->key, "one");
    EXPECT_EQ(snapshot->find_tenant("no-such"), nullptr);
    EXPECT_EQ(snapshot->find_tenant(TenantId{99}), nullptr);
    EXPECT_EQ(snapshot->find_installation(id)->addon_key, "addon");
    EXPECT_EQ(snapshot->find_installation(two, "addon")->id, id);
    EXPECT_EQ(snapshot->find_installation(one, "addon"), nullptr);
    EXPECT_EQ(snapshot->find_installation(InstallationId{99'999}), nullptr);
    EXPECT_EQ(snapshot->tenants().size(), 2u);
    EXPECT_EQ(snapshot->installations(two).size(), 1u);
    EXPECT_EQ(snapshot->installations().size(), 1u);
}

TEST_F(RegistryTest, OnlyEnabledInstallationsWithoutA410HearEvents) {
    const auto tenant = add_tenant("t");
    const auto b = add(tenant, "b", {hook("page_created"), hook("page_created", "/second"), hook("page_removed")});
    const auto a = add(tenant, "a", {hook("page_created")});
    EXPECT_THAT(hearers(tenant, "page_created"), ElementsAre("b:1", "b:2", "a:1"));
    EXPECT_THAT(hearers(tenant, "page_removed"), ElementsAre("b:3"));
    EXPECT_THAT(hearers(tenant, "page_updated"), IsEmpty());
    EXPECT_THAT(hearers(TenantId{77}, "page_created"), IsEmpty());

    edit(b, [](Installation& i) { i.find_webhook(2)->paused_because = "410"; });
    EXPECT_THAT(hearers(tenant, "page_created"), ElementsAre("b:1", "a:1"));
    edit(a, [](Installation& i) { i.is_paused = true; });
    EXPECT_THAT(hearers(tenant, "page_created"), ElementsAre("b:1", "a:1"));
    edit(a, [](Installation& i) { i.state = InstallationState::disabled; });
    EXPECT_THAT(hearers(tenant, "page_created"), ElementsAre("b:1"));
    edit(b, [](Installation& i) { i.state = InstallationState::uninstalled; });
    EXPECT_THAT(hearers(tenant, "page_created"), IsEmpty());
    edit(b, [](Installation& i) { i.state = InstallationState::enabled; });
    EXPECT_THAT(hearers(tenant, "page_created"), ElementsAre("b:1"));
}

TEST_F(RegistryTest, AnUpdateKeepsTheNumbersOfWebhooksThatStay) {
    const auto tenant = add_tenant("t");
    const auto id = add(tenant, "addon", {hook("page_created"), hook("page_removed"), hook("page_updated")});
    edit(id, [](Installation& i) {
        i.find_webhook(1)->paused_because = "410";
        take_descriptor(i,
                        descriptor_with({hook("page_updated"), hook("page_created"), hook("page_removed", "/new"),
                                         hook("page_created", "/h", "other-key")}),
                        {});
    });
    const auto& installation = *registry.snapshot()->find_installation(id);
    std::vector<std::string> now;
    for (const auto& webhook : installation.webhooks)
        now.push_back(fmt::format("{} {}{}{}", webhook.number, webhook.declared.event, webhook.declared.url,
                                  webhook.is_retired ? " retired" : ""));
    EXPECT_THAT(now, ElementsAre("1 page_created/h", "2 page_removed/h retired", "3 page_updated/h",
                                 "4 page_removed/new", "5 page_created/h"));
    EXPECT_FALSE(installation.find_webhook(1)->is_paused());
    EXPECT_EQ(target_of(*installation.find_webhook(2)), "/base/h");
    EXPECT_THAT(hearers(tenant, "page_removed"), ElementsAre("addon:4"));
    EXPECT_EQ(installation.find_webhook(6), nullptr);
}

TEST_F(RegistryTest, RetiredWebhooksAreForgottenOldestFirstAndNumbersNeverReused) {
    Installation installation;
    for (int i = 0; i < 500; ++i)
        take_descriptor(installation, descriptor_with({hook("page_created", fmt::format("/{}", i))}), {});
    EXPECT_EQ(installation.webhooks.size(), kRetiredWebhooksMax + 1);
    EXPECT_EQ(installation.webhooks.back().number, 500u);
    EXPECT_EQ(installation.webhooks.front().number, 500u - kRetiredWebhooksMax);
}

TEST_F(RegistryTest, OldSnapshotsStayAsTheyWereAndShareWhatDidNotChange) {
    const auto one = add_tenant("one");
    const auto two = add_tenant("two");
    const auto a = add(one, "a", {hook("page_created"), hook("page_removed")});
    const auto b = add(one, "b", {hook("page_created"), hook("page_updated")});
    add(two, "c", {hook("page_created")});
    const auto before = registry.snapshot();
    edit(a, [](Installation& i) { i.state = InstallationState::disabled; });
    const auto after = registry.snapshot();

    EXPECT_THAT(hearers(*before, one, "page_created"), ElementsAre("a:1", "b:1"));
    EXPECT_THAT(hearers(*after, one, "page_created"), ElementsAre("b:1"));
    EXPECT_THAT(hearers(*after, one, "page_removed"), IsEmpty());
    EXPECT_NE(before->find_installation(a), after->find_installation(a));
    EXPECT_EQ(before->find_installation(b), after->find_installation(b));
    EXPECT_EQ(before->find_tenant(two), after->find_tenant(two));
    EXPECT_EQ(before->webhooks_that_hear(one, "page_updated").data(),
              after->webhooks_that_hear(one, "page_updated").data());
}

TEST_F(RegistryTest, PointersOfAnOldSnapshotLiveAsLongAsIt) {
    const auto tenant = add_tenant("t");
    const auto id = add(tenant, "a", {hook("page_created")});
    auto held = registry.snapshot();
    const auto* installation = held->find_installation(id);
    change(RemoveTenant{tenant});
    EXPECT_EQ(registry.snapshot()->find_installation(id), nullptr);
    EXPECT_EQ(installation->addon_key, "a");
    EXPECT_THAT(hearers(*held, tenant, "page_created"), ElementsAre("a:1"));
}

TEST_F(RegistryTest, TheStoredRowsGiveTheSameRegistryAgain) {
    const auto tenant = add_tenant("t");
    const auto other = add_tenant("other");
    const auto id = add(tenant, "a", {hook("jira:issue_created", "/h?k={issue.key}")});
    change(PutEventType{
        tenant, *catalogue::parse_custom_type(shared_catalogue(), model::Product::jira, R"({"event":"deploy_done"})")});
    change(PutApiKey{make_api_key(Role::tenant, tenant, "a", "note", Secret::copy_of("phk_x"), from_epoch_ms(1))});
    change(RemoveTenant{other});

    Registry again(shared_catalogue(), test_key(), {});
    Rows latest;  // As the state has them: the last value of each key.
    for (const auto& row : stored) {
        std::erase_if(latest, [&](const auto& old) { return old.kind == row.kind && old.key == row.key; });
        if (row.value) latest.push_back(row);
    }
    ASSERT_TRUE(again.load(latest));
    const auto snapshot = again.snapshot();
    EXPECT_EQ(*snapshot->find_tenant(tenant), *registry.snapshot()->find_tenant(tenant));
    EXPECT_EQ(*snapshot->find_installation(id), *registry.snapshot()->find_installation(id));
    EXPECT_NE(snapshot->custom_types(tenant).find("deploy_done"), nullptr);
    EXPECT_NE(snapshot->find_api_key_by_token("phk_x"), nullptr);
    EXPECT_EQ(snapshot->find_api_key_by_token("phk_y"), nullptr);
    EXPECT_THAT(hearers(*snapshot, tenant, "jira:issue_created"), ElementsAre("a:1"));

    // The id of the tenant that is gone is not given out again.
    ASSERT_TRUE(
        again.prepare({PutTenant{tenant_named("third")}}).map([&](const Prepared& p) { ASSERT_TRUE(again.apply(p)); }));
    EXPECT_EQ(again.snapshot()->find_tenant("third")->id.value, 3u);
}

TEST_F(RegistryTest, TemplatesAreCompiledAnewWhenATenantsVariablesChange) {
    const auto tenant = add_tenant("t");
    const auto id = add(tenant, "a", {hook("page_created", "/h?d={deploy.id}")});
    EXPECT_EQ(target_of(registry.snapshot()->find_installation(id)->webhooks[0]), "/base/h?d=%7Bdeploy.id%7D");
    change(PutEventType{tenant, *catalogue::parse_custom_type(shared_catalogue(), model::Product::jira,
                                                              R"({"event":"d","variables":{"deploy.id":"/id"}})")});
    EXPECT_EQ(target_of(registry.snapshot()->find_installation(id)->webhooks[0], "7"), "/base/h?d=7");
    EXPECT_THAT(hearers(tenant, "page_created"), ElementsAre("a:1"));
    change(RemoveEventType{tenant, "d"});
    EXPECT_EQ(target_of(registry.snapshot()->find_installation(id)->webhooks[0]), "/base/h?d=%7Bdeploy.id%7D");
}

TEST_F(RegistryTest, TheSigningKeyIsThatOfTheCurrentSecretAndKeptBetweenSnapshots) {
    const auto tenant = add_tenant("t");
    const auto id = add(tenant, "a", {});
    const auto other = add(tenant, "b", {});
    EXPECT_EQ(registry.snapshot()->find_installation(id)->hmac, nullptr);
    edit(id, [&](Installation& i) { put_pending_secret(i, Secret::copy_of("s3cret"), registry.master_key()); });
    EXPECT_EQ(registry.snapshot()->find_installation(id)->hmac, nullptr);
    edit(id, [&](Installation& i) { ASSERT_TRUE(confirm_pending_secret(i, registry.master_key())); });

    const auto installation = registry.snapshot()->find_installation(id);
    ASSERT_NE(installation->hmac, nullptr);
    EXPECT_EQ(installation->hmac->sign("x"), wire::HmacKey("s3cret").sign("x"));
    EXPECT_EQ((*current_secret(*installation, registry.master_key()))->reveal(), "s3cret");
    EXPECT_FALSE(*pending_secret(*installation, registry.master_key()));
    const auto kept = installation->hmac;
    edit(other, [](Installation& i) { i.is_paused = true; });
    EXPECT_EQ(registry.snapshot()->find_installation(id)->hmac, kept);
    for (const auto& row : stored) EXPECT_EQ(row.value.value_or("").find("s3cret"), std::string::npos);
}

TEST_F(RegistryTest, ASecretMovedToAnotherInstallationIsRefused) {
    const auto tenant = add_tenant("t");
    const auto id = add(tenant, "a", {});
    auto thief = draft(tenant, "b", {});
    edit(id, [&](Installation& i) {
        put_pending_secret(i, Secret::copy_of("s3cret"), registry.master_key());
        ASSERT_TRUE(confirm_pending_secret(i, registry.master_key()));
    });
    thief.sealed_secret = registry.snapshot()->find_installation(id)->sealed_secret;
    EXPECT_EQ(registry.prepare({PutInstallation{std::move(thief)}}).error().code, Errc::corrupt);
}

TEST_F(RegistryTest, LoadNamesTheRowThatCanNotBeRead) {
    const auto row = to_row(draft(TenantId{1}, "a", {}), *MasterKey::from_bytes(std::string(32, 'x')));
    auto tenant = tenant_named("t");
    tenant.id = TenantId{1};
    auto broken = row;
    broken.value = "{";
    EXPECT_EQ(registry.load({to_row(tenant), broken}).error().where, "installation/1");
    auto newer = row;
    newer.value->replace(newer.value->find("\"1.0\""), 5, "\"2.0\"");
    EXPECT_EQ(registry.load({to_row(tenant), newer}).error().code, Errc::unsupported);
    EXPECT_TRUE(registry.load({row}));  // Its tenant is gone.
    EXPECT_EQ(registry.snapshot()->find_installation(InstallationId{1}), nullptr);
}

TEST_F(RegistryTest, KeysAndClientKeysAreUnique) {
    const auto tenant = add_tenant("t");
    EXPECT_EQ(registry.prepare({PutTenant{tenant_named("t")}}).error().code, Errc::conflict);
    auto same_client = tenant_named("u");
    same_client.client_key = "client-t";
    EXPECT_EQ(registry.prepare({PutTenant{same_client}}).error().code, Errc::conflict);
    add(tenant, "a", {});
    EXPECT_EQ(registry.prepare({PutInstallation{draft(tenant, "a", {})}}).error().code, Errc::conflict);
    EXPECT_EQ(registry.prepare({PutInstallation{draft(TenantId{9}, "a", {})}}).error().code, Errc::not_found);
    EXPECT_EQ(registry.prepare({RemoveApiKey{"key_x"}}).error().code, Errc::not_found);
    EXPECT_EQ(registry.prepare({RemoveTenant{TenantId{9}}}).error().code, Errc::not_found);
    EXPECT_EQ(registry.prepare({RemoveInstallation{InstallationId{9}}}).error().code, Errc::not_found);
    EXPECT_EQ(registry.prepare({RemoveEventType{tenant, "x"}}).error().code, Errc::not_found);
}

TEST_F(RegistryTest, WhatIsBeingWrittenCanNotBeChangedByAnother) {
    const auto tenant = add_tenant("t");
    const auto id = add(tenant, "a", {});
    const auto first = registry.prepare({PutInstallation{*registry.snapshot()->find_installation(id)}});
    ASSERT_TRUE(first);
    EXPECT_EQ(registry.prepare({PutInstallation{*registry.snapshot()->find_installation(id)}}).error().code,
              Errc::conflict);
    EXPECT_EQ(registry.prepare({RemoveTenant{tenant}}).error().code, Errc::conflict);
    const auto elsewhere = registry.prepare({PutInstallation{draft(tenant, "b", {})}});
    ASSERT_TRUE(elsewhere);
    EXPECT_EQ(registry.prepare({PutInstallation{draft(tenant, "b", {})}}).error().code, Errc::conflict);
    registry.abandon(*first);
    EXPECT_TRUE(registry.prepare({PutInstallation{*registry.snapshot()->find_installation(id)}}));
    ASSERT_TRUE(registry.apply(*elsewhere));
    EXPECT_NE(registry.snapshot()->find_installation(tenant, "b"), nullptr);
}

TEST_F(RegistryTest, ARefusedPreparationHoldsNothing) {
    const auto tenant = add_tenant("t");
    EXPECT_FALSE(registry.prepare({PutInstallation{draft(tenant, "a", {})}, RemoveApiKey{"none"}}));
    EXPECT_TRUE(registry.prepare({PutInstallation{draft(tenant, "a", {})}}));
}

TEST_F(RegistryTest, RemovingATenantTakesAllThatIsItsOwn) {
    const auto tenant = add_tenant("t");
    const auto other = add_tenant("o");
    const auto id = add(tenant, "a", {hook("page_created")});
    change(PutApiKey{make_api_key(Role::publish, tenant, "", "", Secret::copy_of("phk_t"), from_epoch_ms(1))});
    change(PutApiKey{make_api_key(Role::publish, other, "", "", Secret::copy_of("phk_o"), from_epoch_ms(1))});
    change(RemoveTenant{tenant});
    const auto snapshot = registry.snapshot();
    EXPECT_EQ(snapshot->find_tenant("t"), nullptr);
    EXPECT_EQ(snapshot->find_installation(id), nullptr);
    EXPECT_EQ(snapshot->find_api_key_by_token("phk_t"), nullptr);
    EXPECT_NE(snapshot->find_api_key_by_token("phk_o"), nullptr);
    EXPECT_EQ(snapshot->api_keys().size(), 1u);
}

TEST_F(RegistryTest, ANewInstallKeyMakesTheOneBeforeItAnOldOne) {
    InstallKey key;
    key.is_current = true;
    key.kid = "first";
    key.created_at = from_epoch_ms(1);
    change(PutInstallKey{key});
    key.kid = "second";
    key.created_at = from_epoch_ms(2);
    change(PutInstallKey{key});
    const auto snapshot = registry.snapshot();
    EXPECT_EQ(snapshot->current_install_key()->kid, "second");
    EXPECT_FALSE(snapshot->find_install_key("first")->is_current);
    EXPECT_EQ(snapshot->install_keys().size(), 2u);
}

TEST_F(RegistryTest, WatchersSeeEachNewSnapshot) {
    std::vector<SnapshotPtr> seen;
    registry.watch([&](const SnapshotPtr& snapshot) { seen.push_back(snapshot); });
    add_tenant("t");
    ASSERT_EQ(seen.size(), 1u);
    EXPECT_EQ(seen[0], registry.snapshot());
    EXPECT_NE(seen[0]->find_tenant("t"), nullptr);
}

TEST_F(RegistryTest, FiltersAreCompiledBesideTheirWebhooks) {
    struct Compiled : CompiledFilter {
        std::string jql;
    };
    Registry with_filters(shared_catalogue(), test_key(), [](std::string_view jql) -> Result<CompiledFilterPtr> {
        auto compiled = std::make_shared<Compiled>();
        compiled->jql = jql;
        return CompiledFilterPtr(std::move(compiled));
    });
    auto tenant = tenant_named("t");
    tenant.id = TenantId{1};
    const auto installation = draft(TenantId{1}, "a", {hook("jira:issue_created", "/h", "", "project = A"), hook("x")});
    ASSERT_TRUE(with_filters.load({to_row(tenant), to_row(installation, test_key())}));
    const auto& webhooks = with_filters.snapshot()->find_installation(installation.id)->webhooks;
    EXPECT_EQ(static_cast<const Compiled&>(*webhooks[0].filter).jql, "project = A");
    EXPECT_EQ(webhooks[1].filter, nullptr);
}

// What the promise of cheap changes rests on, without a clock: of a large registry a change copies little.
TEST_F(RegistryTest, AChangeInALargeRegistryLeavesNearlyAllOfItShared) {
    Rows rows;
    std::uint64_t id = 0;
    for (std::uint64_t t = 1; t <= 200; ++t) {
        auto tenant = tenant_named(fmt::format("t{}", t));
        tenant.id = TenantId{t};
        rows.push_back(to_row(tenant));
        Installation installation;
        installation.id = InstallationId{++id};
        installation.tenant = tenant.id;
        installation.state = InstallationState::enabled;
        std::vector<WebhookDeclaration> hooks;
        for (int n = 0; n < 20; ++n) hooks.push_back(hook("page_created", fmt::format("/{}", n)));
        take_descriptor(installation, descriptor_with(std::move(hooks)), {});
        rows.push_back(to_row(installation, test_key()));
    }
    ASSERT_TRUE(registry.load(rows));
    const auto before = registry.snapshot();
    edit(InstallationId{77}, [](Installation& i) { i.is_paused = true; });
    const auto after = registry.snapshot();
    std::size_t changed = 0;
    for (const auto* tenant : after->tenants()) changed += before->find_tenant(tenant->id) != tenant ? 1u : 0u;
    EXPECT_EQ(changed, 1u);
    EXPECT_EQ(after->tenants().size(), 200u);
    EXPECT_EQ(after->find_tenant("t77")->id.value, 77u);
    EXPECT_EQ(hearers(TenantId{200}, "page_created").size(), 20u);
}

TEST(Installation, RemembersItsPausesAndJoinsThoseThatLieClosest) {
    Installation installation;
    Moment now = from_epoch_ms(1'790'000'000'000);
    installation.pause("It failed.", now);
    installation.pause("Again.", now + std::chrono::hours(1));
    EXPECT_EQ(installation.paused_because, "It failed.");
    installation.resume(now + std::chrono::hours(2));
    EXPECT_FALSE(installation.is_paused);
    EXPECT_EQ(installation.paused_because, "");
    ASSERT_EQ(installation.pauses.size(), 1u);
    EXPECT_EQ(installation.pauses[0], (model::Pause{now, now + std::chrono::hours(2)}));
    for (int n = 0; n < 60; ++n) {
        now += std::chrono::hours(n == 30 ? 3 : 24);
        installation.pause({}, now);
        installation.resume(now + std::chrono::minutes(1));
    }
    EXPECT_EQ(installation.pauses.size(), kPausesMax);
    for (std::size_t n = 1; n < kPausesMax; ++n)
        EXPECT_LE(installation.pauses[n - 1].until, installation.pauses[n].from);
}

}  // namespace
}  // namespace posthorn::registry
