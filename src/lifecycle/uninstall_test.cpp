#include "testkit/lifecycle_fixture.h"

namespace posthorn::lifecycle {
namespace {

using registry::InstallationState;
using registry::InstallSigning;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

struct UninstallTest : LifecycleTest {
    Outcome<void> uninstall() { return fixture.wait_for(lifecycle->uninstall(find()->id)); }

    /// Once everything that the install sends has come.
    void install_and_forget_calls(const DescriptorText& text) {
        installed(text);
        ASSERT_TRUE(fixture.wait_until([&] { return receiver->count("/hook-enabled") == 1; }));
        receiver->calls.clear();
    }
    std::vector<std::string> paths() const {
        std::vector<std::string> found;
        for (const auto& call : receiver->calls) found.emplace_back(call.path());
        return found;
    }
    std::vector<model::DeliveryState> delivery_states() {
        state::DeliveryFilter filter;
        filter.tenant = fixture.tenant().id;
        filter.event_type = "jira:issue_created";
        std::function<Result<state::DeliveryPage>(state::Reader&)> query = [filter](state::Reader& reader) {
            return reader.deliveries(filter, {}, 100);
        };
        std::vector<model::DeliveryState> found;
        const auto page = fixture.wait_for(fixture.engine().read(std::move(query)));
        EXPECT_TRUE(page);
        for (const auto& row : page->rows) found.push_back(row.delivery.state);
        return found;
    }
};

TEST_F(UninstallTest, SaysDisabledThenUninstalledThenNothing) {
    install_and_forget_calls(descriptor());
    ASSERT_TRUE(uninstall());
    ASSERT_EQ(receiver->calls.size(), 3U);
    EXPECT_EQ(paths().back(), "/uninstalled");
    EXPECT_THAT((std::vector{paths()[0], paths()[1]}), UnorderedElementsAre("/disabled", "/hook-disabled"));
    for (const auto& call : {receiver->calls[0], receiver->calls[1]}) EXPECT_EQ(check_hs256(call, secret()), "");
    EXPECT_EQ(member(receiver->calls_to("/hook-disabled").at(0).body, "webhookEvent"), "connect_addon_disabled");

    const auto& call = receiver->calls.back();
    EXPECT_EQ(check_rs256(call, receiver->url()), "");
    EXPECT_EQ(member(call.body, "eventType"), "uninstalled");
    EXPECT_THAT(secret_in(call), IsEmpty());
    EXPECT_EQ(find()->state, InstallationState::uninstalled);
    EXPECT_FALSE(secret().empty());
    EXPECT_EQ(post()->deliveries, 0U);
    fixture.run_for(Millis(200));
    EXPECT_EQ(receiver->calls.size(), 3U);
}

TEST_F(UninstallTest, ADisabledAddOnHearsUninstalledAlone) {
    install_and_forget_calls(descriptor());
    ASSERT_TRUE(fixture.wait_for(lifecycle->disable(find()->id)));
    ASSERT_TRUE(fixture.wait_until(
        [&] { return receiver->count("/hook-disabled") == 1 && receiver->count("/disabled") == 1; }));
    receiver->calls.clear();
    ASSERT_TRUE(uninstall());
    EXPECT_THAT(paths(), ElementsAre("/uninstalled"));
}

TEST_F(UninstallTest, LegacySignsWithTheCurrentSecret) {
    take_only("unsigned");
    ASSERT_TRUE(install_with(InstallSigning::legacy, descriptor()));
    take_only("HS256");
    ASSERT_TRUE(uninstall());
    ASSERT_EQ(receiver->count("/uninstalled"), 1U);
    EXPECT_EQ(check_hs256(receiver->calls_to("/uninstalled").at(0), secret()), "");
}

TEST_F(UninstallTest, AFailingCallIsToldAndStopsNothing) {
    install_and_forget_calls(descriptor());
    receiver->answer = [](const ReceivedCall&) { return ReceiverAnswer::status(500); };
    ASSERT_TRUE(uninstall());
    EXPECT_EQ(find()->state, InstallationState::uninstalled);
    EXPECT_THAT(notices, ElementsAre("installed", "uninstall_call_failed", "uninstalled"));
    EXPECT_EQ(receiver->calls.size(), 3U);  // One attempt each.
}

TEST_F(UninstallTest, AHangingAddOnIsGivenUpInTime) {
    install_and_forget_calls(descriptor());
    options.disabled_timeout = Millis(500);
    options.call_timeout = Millis(500);
    restart_lifecycle();
    receiver->answer = [](const ReceivedCall&) { return ReceiverAnswer::hang(); };
    ASSERT_TRUE(uninstall());
    EXPECT_EQ(receiver->calls.size(), 3U);
    EXPECT_EQ(find()->state, InstallationState::uninstalled);
}

TEST_F(UninstallTest, WhatStillWaitsIsCancelledAndNeverSent) {
    install_and_forget_calls(descriptor());
    ASSERT_TRUE(fixture.wait_for(lifecycle->pause(find()->id)));
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(post());
    ASSERT_TRUE(uninstall());
    const auto cancelled = model::DeliveryState::cancelled;
    EXPECT_THAT(delivery_states(), ElementsAre(cancelled, cancelled, cancelled));
    EXPECT_EQ(receiver->count("/hook"), 0U);

    // Not by a later install either.
    installed(descriptor());
    fixture.run_for(Millis(200));
    EXPECT_EQ(receiver->count("/hook"), 0U);
}

TEST_F(UninstallTest, AnAttemptUnderWayEndsAsTheLastOne) {
    install_and_forget_calls(descriptor());
    receiver->answer = [](const ReceivedCall& call) {
        return call.path() == "/hook" ? ReceiverAnswer::hang() : ReceiverAnswer::status(204);
    };
    ASSERT_TRUE(post());
    ASSERT_TRUE(fixture.wait_until([&] { return receiver->count("/hook") == 1; }));
    ASSERT_TRUE(uninstall());
    // It ends by its time limit, as one that would be tried again.
    ASSERT_TRUE(fixture.wait_until([&] { return fixture.engine().scheduler().attempts_under_way() == 0; }));
    ASSERT_TRUE(fixture.wait_until([&] { return !lifecycle->is_busy(); }));
    EXPECT_THAT(delivery_states(), ElementsAre(model::DeliveryState::cancelled));
    EXPECT_EQ(receiver->count("/hook"), 1U);
}

TEST_F(UninstallTest, OutlivesACrash) {
    install_and_forget_calls(descriptor());
    ASSERT_TRUE(uninstall());
    fixture.restart([this] { end(); });
    begin();
    fixture.wait_for(lifecycle->recover());
    EXPECT_EQ(find()->state, InstallationState::uninstalled);
    EXPECT_FALSE(secret().empty());
}

}  // namespace
}  // namespace posthorn::lifecycle
