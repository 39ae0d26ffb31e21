#include "testkit/lifecycle_fixture.h"

namespace posthorn::lifecycle {
namespace {

struct RotationTest : LifecycleTest {
    RotationTest() {
        options.repeat_first = Millis(50);
        restart_lifecycle();
    }
    Outcome<void> rotate() { return fixture.wait_for(lifecycle->rotate_secret(find()->id)); }
};

TEST_F(RotationTest, TheNewSecretSignsOnceTheAddOnHasTakenIt) {
    installed(descriptor());
    const auto before = secret();
    ASSERT_TRUE(rotate());
    EXPECT_NE(secret(), before);
    EXPECT_EQ(secret_in(receiver->calls_to("/installed").back()), secret());
    EXPECT_FALSE(find()->is_rotating);
    EXPECT_EQ(notices.back(), "secret_rotated");
    ASSERT_TRUE(post());
    ASSERT_TRUE(fixture.wait_until([&] { return receiver->count("/hook") == 1; }));
    EXPECT_EQ(check_hs256(receiver->calls_to("/hook").at(0), secret()), "");
}

TEST_F(RotationTest, ARefusalKeepsTheOldSecret) {
    installed(descriptor());
    const auto before = secret();
    for (const unsigned status : {500U, 503U, 403U, 302U}) {
        answer_installed(ReceiverAnswer::status(status));
        const auto result = rotate();
        ASSERT_FALSE(result);
        EXPECT_EQ(result.error().status, 422U);
        EXPECT_EQ(problem_member(result.error(), "callbackStatus"), std::to_string(status));
        EXPECT_EQ(secret(), before);
        EXPECT_EQ(pending_secret(), "");
        EXPECT_FALSE(find()->is_rotating);
    }
    ASSERT_TRUE(post());
    ASSERT_TRUE(fixture.wait_until([&] { return receiver->count("/hook") == 1; }));
    EXPECT_EQ(check_hs256(receiver->calls_to("/hook").at(0), before), "");
}

TEST_F(RotationTest, AfterALostAnswerDeliveriesWaitAndTheCallIsRepeatedWithTheSameSecret) {
    installed(descriptor());
    const auto before = secret();
    answer_installed(ReceiverAnswer::reset());
    EXPECT_FALSE(rotate());
    EXPECT_TRUE(find()->is_rotating);
    const auto carried = pending_secret();
    ASSERT_TRUE(post());
    ASSERT_TRUE(fixture.wait_until([&] { return receiver->count("/installed") >= 4; }));
    EXPECT_EQ(receiver->count("/hook"), 0U);
    for (std::size_t i = 1; i < 4; ++i) EXPECT_EQ(secret_in(receiver->calls_to("/installed")[i]), carried);

    // A failing proxy's word counts for nothing while an answer is missing.
    answer_installed(ReceiverAnswer::status(503));
    const auto calls = receiver->count("/installed");
    ASSERT_TRUE(fixture.wait_until([&] { return receiver->count("/installed") > calls; }));
    EXPECT_TRUE(find()->is_rotating);

    answer_installed(ReceiverAnswer::status(204));
    ASSERT_TRUE(fixture.wait_until([&] { return receiver->count("/hook") == 1; }));
    EXPECT_EQ(secret(), carried);
    EXPECT_NE(secret(), before);
    EXPECT_EQ(check_hs256(receiver->calls_to("/hook").at(0), carried), "");
}

TEST_F(RotationTest, GoesOnAfterACrash) {
    auto text = descriptor();
    installed(text);
    answer_installed(ReceiverAnswer::reset());
    EXPECT_FALSE(rotate());
    const auto carried = pending_secret();
    fixture.restart([this] { end(); });
    begin();
    // The old receiver's port is gone, so the call gets no answer: nothing is settled.
    fixture.wait_for(lifecycle->recover());
    fixture.run_for(Millis(300));
    EXPECT_TRUE(find()->is_rotating);
    EXPECT_EQ(pending_secret(), carried);

    // The add-on comes back elsewhere (and no call of the background is just under way); its update carries
    // the same secret and ends the rotation.
    fixture.wait_for(lifecycle->stop());
    restart_lifecycle();
    ASSERT_TRUE(install(descriptor()));
    EXPECT_EQ(secret_in(receiver->calls_to("/installed").at(0)), carried);
    EXPECT_EQ(secret(), carried);
    EXPECT_FALSE(find()->is_rotating);
}

TEST_F(RotationTest, IsRecoveredWithoutAnybodyAsking) {
    // The same crash with an add-on that outlives it, on an io_context of its own.
    io::asio::io_context other_net{1};
    io::TimerWheel other_wheel{other_net};
    testkit::RecordingReceiver addon(other_net, other_wheel);
    bool hangs = false;
    addon.answer = [&](const ReceivedCall& call) {
        return call.path() == "/installed" && hangs ? ReceiverAnswer::reset() : ReceiverAnswer::status(204);
    };
    auto text = descriptor();
    text.base_url = addon.url();
    const auto drive = [&](const std::function<bool()>& condition) {
        return fixture.wait_until([&] {
            other_net.restart();
            other_net.poll();
            return condition();
        });
    };
    std::optional<Outcome<Installed>> result;
    InstallRequest request;
    request.tenant = fixture.tenant().id;
    request.descriptor = text.text();
    io::asio::co_spawn(fixture.net(), lifecycle->install(std::move(request)),
                       [&](std::exception_ptr, Outcome<Installed> value) { result = std::move(value); });
    ASSERT_TRUE(drive([&] { return result.has_value(); }));
    ASSERT_TRUE(*result);
    hangs = true;
    std::optional<Outcome<void>> rotated;
    io::asio::co_spawn(fixture.net(), lifecycle->rotate_secret((*result)->installation),
                       [&](std::exception_ptr, Outcome<void> value) { rotated = std::move(value); });
    ASSERT_TRUE(drive([&] { return rotated.has_value(); }));
    ASSERT_FALSE(*rotated);
    const auto carried = pending_secret();

    fixture.restart([this] { end(); });
    begin();
    hangs = false;
    fixture.wait_for(lifecycle->recover());
    ASSERT_TRUE(drive([&] { return !find()->is_rotating; }));
    EXPECT_EQ(secret(), carried);
    EXPECT_EQ(secret_in(addon.calls_to("/installed").back()), carried);
}

TEST_F(RotationTest, ARepeatedRequestTriesTheSameSecretAtOnce) {
    installed(descriptor());
    options.repeat_first = std::chrono::minutes(5);
    restart_lifecycle();
    answer_installed(ReceiverAnswer::reset());
    EXPECT_FALSE(rotate());
    const auto carried = pending_secret();
    answer_installed(ReceiverAnswer::status(204));
    ASSERT_TRUE(rotate());
    EXPECT_EQ(secret(), carried);
}

TEST_F(RotationTest, ALegacyAddOnThatTookTheLostSecretIsNotLockedOut) {
    take_only("unsigned");
    ASSERT_TRUE(install_with(registry::InstallSigning::legacy, descriptor()));
    answer_installed(ReceiverAnswer::reset());
    EXPECT_FALSE(rotate());
    const auto carried = pending_secret();
    receiver->answer = [&](const ReceivedCall& call) {
        const bool is_install = call.path() == "/installed";
        return ReceiverAnswer::status(!is_install || check_hs256(call, carried).empty() ? 204 : 401);
    };
    ASSERT_TRUE(fixture.wait_until([&] { return !find()->is_rotating; }));
    EXPECT_EQ(secret(), carried);
}

TEST_F(RotationTest, AnAddOnWithoutSecretHasNothingToRotate) {
    auto text = descriptor();
    text.authentication = "none";
    installed(text);
    const auto result = rotate();
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().name, "no-shared-secret");
}

TEST_F(RotationTest, StopEndsWhatGoesOnInTheBackground) {
    installed(descriptor());
    answer_installed(ReceiverAnswer::reset());
    EXPECT_FALSE(rotate());
    fixture.wait_for(lifecycle->stop());
    const auto calls = receiver->count("/installed");
    fixture.run_for(Millis(300));
    EXPECT_EQ(receiver->count("/installed"), calls);
}

}  // namespace
}  // namespace posthorn::lifecycle
