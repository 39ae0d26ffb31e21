#include "testkit/lifecycle_fixture.h"

namespace posthorn::lifecycle {
namespace {

using registry::InstallationState;
using testing::ElementsAre;

struct SwitchesTest : LifecycleTest {};

TEST_F(SwitchesTest, DisablingTellsTheAddOnAndThenItHearsNothing) {
    const auto id = installed(descriptor());
    ASSERT_TRUE(fixture.wait_for(lifecycle->disable(id)));
    EXPECT_EQ(find()->state, InstallationState::disabled);
    EXPECT_EQ(post()->deliveries, 0U);
    ASSERT_TRUE(fixture.wait_until(
        [&] { return receiver->count("/disabled") == 1 && receiver->count("/hook-disabled") == 1; }));
    const auto call = receiver->calls_to("/disabled").at(0);
    EXPECT_EQ(check_hs256(call, secret()), "");
    EXPECT_EQ(member(call.body, "eventType"), "disabled");
    EXPECT_EQ(member(receiver->calls_to("/hook-disabled").at(0).body, "webhookEvent"), "connect_addon_disabled");
}

TEST_F(SwitchesTest, EnablingTellsTheAddOnAndThenItHearsAgain) {
    const auto id = installed(descriptor());
    ASSERT_TRUE(fixture.wait_for(lifecycle->disable(id)));
    ASSERT_TRUE(fixture.wait_for(lifecycle->enable(id)));
    EXPECT_EQ(post()->deliveries, 1U);
    EXPECT_TRUE(fixture.wait_until([&] { return receiver->count("/enabled") == 2; }));
    EXPECT_THAT(notices, ElementsAre("installed", "disabled", "enabled"));
}

TEST_F(SwitchesTest, ACrashBeforeTheEnabledCallsWereQueuedLosesNone) {
    const auto id = installed(descriptor());
    ASSERT_TRUE(fixture.wait_until([&] { return receiver->count("/enabled") == 1; }));
    EXPECT_FALSE(find()->owes_enabled);
    // As the crash leaves it: the add-on is durably enabled, and no more.
    auto owing = *find();
    owing.owes_enabled = true;
    std::vector<registry::RegistryChange> changes;
    changes.emplace_back(registry::PutInstallation{std::move(owing)});
    ASSERT_TRUE(fixture.wait_for(fixture.engine().change(std::move(changes))));
    restart_lifecycle();
    fixture.wait_for(lifecycle->recover());
    EXPECT_TRUE(fixture.wait_until([&] { return receiver->count("/enabled") == 2; }));
    EXPECT_FALSE(find()->owes_enabled);
    EXPECT_EQ(find()->id, id);
}

TEST_F(SwitchesTest, WhatIsSoAlreadyCallsNobody) {
    const auto id = installed(descriptor());
    ASSERT_TRUE(fixture.wait_for(lifecycle->enable(id)));
    ASSERT_TRUE(fixture.wait_for(lifecycle->disable(id)));
    ASSERT_TRUE(fixture.wait_for(lifecycle->disable(id)));
    ASSERT_TRUE(fixture.wait_until([&] { return receiver->count("/hook-disabled") == 1; }));
    fixture.run_for(Millis(200));
    EXPECT_EQ(receiver->count("/enabled"), 1U);
    EXPECT_EQ(receiver->count("/disabled"), 1U);
}

TEST_F(SwitchesTest, WhatHappensWhilePausedIsDeliveredAfterResume) {
    const auto id = installed(descriptor());
    ASSERT_TRUE(fixture.wait_for(lifecycle->pause(id)));
    EXPECT_EQ(post()->deliveries, 1U);
    fixture.run_for(Millis(200));
    EXPECT_EQ(receiver->count("/hook"), 0U);
    ASSERT_TRUE(fixture.wait_for(lifecycle->resume(id)));
    EXPECT_TRUE(fixture.wait_until([&] { return receiver->count("/hook") == 1; }));
}

TEST_F(SwitchesTest, ResumeAlsoEndsThePauseThatA410HasBrought) {
    auto text = descriptor();
    text.webhooks = R"([{"event":"jira:issue_created","url":"/hook"}])";
    const auto id = installed(text);
    receiver->answer = [](const ReceivedCall&) { return ReceiverAnswer::status(410); };
    ASSERT_TRUE(post());
    ASSERT_TRUE(fixture.wait_until([&] { return find()->find_webhook(1)->is_paused(); }));
    EXPECT_EQ(post()->deliveries, 0U);
    ASSERT_TRUE(fixture.wait_for(lifecycle->resume(id)));
    EXPECT_EQ(post()->deliveries, 1U);
}

TEST_F(SwitchesTest, SettingsChangeInPart) {
    const auto id = installed(descriptor());
    registry::SettingsPatch patch;
    patch.concurrency = std::optional<std::uint32_t>(3);
    ASSERT_TRUE(fixture.wait_for(lifecycle->change_settings(id, patch)));
    registry::SettingsPatch other;
    other.standard_webhooks = std::optional<bool>(true);
    ASSERT_TRUE(fixture.wait_for(lifecycle->change_settings(id, other)));
    EXPECT_EQ(find()->settings.delivery.concurrency, 3U);
    EXPECT_TRUE(find()->settings.standard_webhooks);
}

TEST_F(SwitchesTest, WhatIsNotInstalledIsNotFound) {
    const auto id = installed(descriptor());
    ASSERT_TRUE(fixture.wait_for(lifecycle->uninstall(id)));
    for (const auto operation : {&Lifecycle::enable, &Lifecycle::disable, &Lifecycle::pause, &Lifecycle::resume,
                                 &Lifecycle::rotate_secret, &Lifecycle::uninstall}) {
        const auto result = fixture.wait_for((lifecycle.get()->*operation)(id));
        ASSERT_FALSE(result);
        EXPECT_EQ(result.error().status, 404U);
    }
    EXPECT_FALSE(fixture.wait_for(lifecycle->enable(InstallationId{4711})));
}

}  // namespace
}  // namespace posthorn::lifecycle
