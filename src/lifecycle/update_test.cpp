// Installed again: an update of what is installed, or anew after an uninstall.
#include "testkit/lifecycle_fixture.h"

namespace posthorn::lifecycle {
namespace {

using registry::InstallationState;
using registry::InstallSigning;
using testing::ElementsAre;

struct UpdateTest : LifecycleTest {
    DescriptorText with_hook(std::string url) const {
        auto text = descriptor();
        text.webhooks = fmt::format(R"([{{"event":"jira:issue_created","url":"{}"}}])", url);
        return text;
    }
};

TEST_F(UpdateTest, KeepsTheSecretAndPutsTheNewDescriptorInForce) {
    const auto id = installed(descriptor());
    const auto before = secret();
    const auto result = install(with_hook("/new-hook"));
    ASSERT_TRUE(result);
    EXPECT_TRUE(result->is_update);
    EXPECT_EQ(result->installation, id);
    EXPECT_EQ(secret(), before);
    EXPECT_EQ(secret_in(receiver->calls_to("/installed").at(1)), before);
    EXPECT_EQ(post()->deliveries, 1U);
    EXPECT_TRUE(fixture.wait_until([&] { return receiver->count("/new-hook") == 1; }));
    EXPECT_EQ(receiver->count("/hook"), 0U);
    EXPECT_TRUE(fixture.wait_until([&] { return receiver->count("/enabled") == 2; }));
}

TEST_F(UpdateTest, ARefusedUpdateLeavesTheOldOneInForce) {
    installed(descriptor());
    const auto before = *find();
    for (const auto& reply : {ReceiverAnswer::status(500), ReceiverAnswer::status(403), ReceiverAnswer::reset()}) {
        answer_installed(reply);
        const auto result = install(with_hook("/new-hook"));
        ASSERT_FALSE(result);
        EXPECT_EQ(result.error().name, "install-callback-failed");
        EXPECT_TRUE(*find() == before);
    }
    EXPECT_EQ(post()->deliveries, 1U);
    EXPECT_TRUE(fixture.wait_until([&] { return receiver->count("/hook") == 1; }));
    EXPECT_EQ(receiver->count("/new-hook"), 0U);
}

TEST_F(UpdateTest, TheBaseUrlChangesOnceTheNewHostTakesTheCall) {
    installed(descriptor());
    const auto old_url = receiver->url();
    testkit::RecordingReceiver other(fixture.net(), fixture.run().wheel);
    auto moved = descriptor();
    moved.base_url = other.url();

    other.answer = [](const ReceivedCall&) { return ReceiverAnswer::status(401); };
    EXPECT_FALSE(install(moved));
    EXPECT_EQ(find()->base_url, old_url);

    other.answer = [](const ReceivedCall&) { return ReceiverAnswer::status(200); };
    ASSERT_TRUE(install(moved));
    EXPECT_EQ(find()->base_url, other.url());
    EXPECT_EQ(check_rs256(other.calls_to("/installed").back(), other.url()), "");
    EXPECT_EQ(receiver->count("/installed"), 1U);
}

TEST_F(UpdateTest, DeliveriesThatWaitGoOnUnderTheNewDescriptor) {
    const auto id = installed(descriptor());
    ASSERT_TRUE(fixture.wait_for(lifecycle->pause(id)));
    ASSERT_TRUE(post());
    testkit::RecordingReceiver other(fixture.net(), fixture.run().wheel);
    auto moved = descriptor();
    moved.base_url = other.url();
    ASSERT_TRUE(install(moved));
    EXPECT_TRUE(find()->is_paused);
    ASSERT_TRUE(fixture.wait_for(lifecycle->resume(id)));
    EXPECT_TRUE(fixture.wait_until([&] { return other.count("/hook") == 1; }));
    EXPECT_EQ(receiver->count("/hook"), 0U);
}

TEST_F(UpdateTest, LegacySignsAnUpdateWithTheCurrentSecret) {
    take_only("unsigned");
    ASSERT_TRUE(install_with(InstallSigning::legacy, descriptor()));
    take_only("HS256");
    ASSERT_TRUE(install(descriptor()));
    const auto call = receiver->calls_to("/installed").at(1);
    EXPECT_EQ(check_hs256(call, secret()), "");
    EXPECT_EQ(secret_in(call), secret());
}

TEST_F(UpdateTest, AutoBeginsWithWhatWorkedBefore) {
    take_only("unsigned");
    installed(descriptor());
    take_only("HS256");
    ASSERT_TRUE(install(descriptor()));
    EXPECT_EQ(receiver->count("/installed"), 3U);  // RS256 and unsigned at first; now HS256 at once.

    take_only("RS256");  // The add-on has learned it.
    ASSERT_TRUE(install(descriptor()));
    EXPECT_EQ(find()->signing_that_worked, InstallSigning::asymmetric);
}

TEST_F(UpdateTest, ADisabledAddOnIsEnabledByAnUpdate) {
    const auto id = installed(descriptor());
    ASSERT_TRUE(fixture.wait_for(lifecycle->disable(id)));
    ASSERT_TRUE(install(descriptor()));
    EXPECT_EQ(find()->state, InstallationState::enabled);
}

TEST_F(UpdateTest, AnewAfterAnUninstallThereIsANewSecretAndTheOldOneSignsALegacyInstall) {
    take_only("unsigned");
    const auto first = install_with(InstallSigning::legacy, descriptor());
    ASSERT_TRUE(first);
    const auto old_secret = secret();
    ASSERT_TRUE(fixture.wait_for(lifecycle->uninstall(first->installation)));
    EXPECT_EQ(secret(), old_secret);

    take_only("HS256");
    const auto again = install(descriptor());
    ASSERT_TRUE(again) << again.error().detail;
    EXPECT_FALSE(again->is_update);
    EXPECT_EQ(again->installation, first->installation);
    const auto call = receiver->calls_to("/installed").back();
    EXPECT_EQ(check_hs256(call, old_secret), "");
    EXPECT_NE(secret(), old_secret);
    EXPECT_EQ(secret_in(call), secret());
}

TEST_F(UpdateTest, AnewAfterALostAnswerEitherSecretIsTried) {
    const auto first = install_with(InstallSigning::legacy, descriptor());
    ASSERT_TRUE(first);
    const auto old_secret = secret();
    ASSERT_TRUE(fixture.wait_for(lifecycle->uninstall(first->installation)));
    answer_installed(ReceiverAnswer::reset());
    EXPECT_FALSE(install(descriptor()));
    const auto lost_secret = pending_secret();
    EXPECT_EQ(find()->state, InstallationState::uninstalled);

    // The add-on had taken the new one.
    receiver->answer = [&](const ReceivedCall& call) {
        const bool is_install = call.path() == "/installed";
        return ReceiverAnswer::status(!is_install || check_hs256(call, lost_secret).empty() ? 204 : 401);
    };
    ASSERT_TRUE(install(descriptor()));
    EXPECT_EQ(secret(), lost_secret);
    EXPECT_NE(secret(), old_secret);
}

TEST_F(UpdateTest, AnUpdateCanBringANewSecret) {
    installed(descriptor());
    const auto before = secret();
    InstallRequest request;
    request.descriptor = descriptor().text();
    request.rotates_secret = true;
    ASSERT_TRUE(install(request));
    EXPECT_NE(secret(), before);
    EXPECT_FALSE(find()->is_rotating);

    const auto current = secret();
    answer_installed(ReceiverAnswer::status(500));
    EXPECT_FALSE(install(request));
    EXPECT_EQ(secret(), current);
    EXPECT_EQ(pending_secret(), "");
    EXPECT_FALSE(find()->is_rotating);
}

}  // namespace
}  // namespace posthorn::lifecycle
