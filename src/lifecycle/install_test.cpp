#include "testkit/lifecycle_fixture.h"

namespace posthorn::lifecycle {
namespace {

using registry::InstallationState;
using registry::InstallSigning;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct InstallTest : LifecycleTest {
    /// The add-on neither hears anything nor is shown as installed.
    void expect_nothing_installed() {
        const auto* installation = find();
        EXPECT_TRUE(installation == nullptr || installation->state == InstallationState::uninstalled);
        const auto receipt = post();
        ASSERT_TRUE(receipt);
        EXPECT_EQ(receipt->deliveries, 0U);
        EXPECT_EQ(receiver->count("/enabled"), 0U);
    }
    std::vector<std::string> algorithms() const {
        std::vector<std::string> found;
        for (const auto& call : receiver->calls_to("/installed")) found.push_back(algorithm(call));
        return found;
    }
};

TEST_F(InstallTest, CallsInstalledWithTheDocumentedBodyInItsOrder) {
    installed(descriptor());
    const auto call = receiver->calls_to("/installed").at(0);
    EXPECT_EQ(call.method, "POST");
    EXPECT_EQ(call.header("Content-Type"), "application/json");
    EXPECT_EQ(call.header("Atlassian-Connect-Version"), "2.0.0");
    EXPECT_THAT(call.header("User-Agent"), testing::StartsWith("Posthorn/"));

    ASSERT_TRUE(wire::check_json(call.body));
    std::vector<std::string> names;
    for (const auto& entry : wire::JsonView(call.body).members()) names.push_back(entry.key());
    EXPECT_THAT(names, ElementsAre("key", "clientKey", "publicKey", "sharedSecret", "serverVersion", "pluginsVersion",
                                   "baseUrl", "displayUrl", "productType", "description", "eventType"));
    EXPECT_EQ(member(call.body, "key"), "com.example.addon");
    EXPECT_EQ(member(call.body, "clientKey"), fixture.tenant().client_key);
    EXPECT_EQ(member(call.body, "baseUrl"), "http://posthorn.example/t/jira");
    EXPECT_EQ(member(call.body, "productType"), "jira");
    EXPECT_EQ(member(call.body, "eventType"), "installed");
    EXPECT_EQ(member(call.body, "publicKey"), fixture.snapshot()->current_install_key()->public_der_base64);
    EXPECT_EQ(secret_in(call).size(), 43U);  // 256 bits in base64url.
    EXPECT_EQ(secret_in(call), secret());
    EXPECT_EQ(find()->state, InstallationState::enabled);
    EXPECT_THAT(pending_secret(), IsEmpty());
}

TEST_F(InstallTest, SignsWithTheInstallKeyForTheAddOnAlone) {
    auto text = descriptor();
    text.base_url += "/app";
    text.lifecycle = R"({"installed":"/installed?x=1","enabled":"/enabled"})";
    const auto result = install(text);
    ASSERT_TRUE(result) << result.error().detail;
    const auto call = receiver->calls.at(0);
    EXPECT_EQ(call.target, "/app/installed?x=1");
    EXPECT_EQ(check_rs256(call, text.base_url, "/app"), "");
    EXPECT_EQ(find()->signing_that_worked, InstallSigning::asymmetric);
}

TEST_F(InstallTest, ThenCallsEnabledAtTheLifecycleUrlAndTheWebhook) {
    installed(descriptor());
    ASSERT_TRUE(fixture.wait_until([&] { return receiver->count("/hook-enabled") == 1; }));
    const auto lifecycle_call = receiver->calls_to("/enabled").at(0);
    EXPECT_EQ(check_hs256(lifecycle_call, secret()), "");
    EXPECT_EQ(member(lifecycle_call.body, "eventType"), "enabled");
    EXPECT_THAT(secret_in(lifecycle_call), IsEmpty());
    EXPECT_THAT(lifecycle_call.body, testing::StartsWith("{\"key\":"));

    const auto webhook_call = receiver->calls_to("/hook-enabled").at(0);
    EXPECT_EQ(check_hs256(webhook_call, secret()), "");
    EXPECT_THAT(webhook_call.body, testing::StartsWith("{\"timestamp\":"));
    EXPECT_EQ(member(webhook_call.body, "webhookEvent"), "connect_addon_enabled");
    EXPECT_THAT(webhook_call.body, HasSubstr(lifecycle_call.body.substr(1)));
    EXPECT_THAT(notices, ElementsAre("installed"));
}

TEST_F(InstallTest, AppendsTheUserToTheQueryAndTellsHimInTheToken) {
    InstallRequest request;
    request.descriptor = descriptor().text();
    request.user = {"ada", "ada-key", "acc-1", "Ada"};
    ASSERT_TRUE(install(std::move(request)));
    const auto call = receiver->calls_to("/installed").at(0);
    EXPECT_EQ(call.query(), "user_id=ada&user_key=ada-key");
    EXPECT_EQ(check_rs256(call, receiver->url()), "");
    EXPECT_EQ(wire::decode_jwt(call.header("Authorization"))->sub, "acc-1");
}

TEST_F(InstallTest, AutoGoesOnWithLegacyWhereTheAddOnRefusesAnAsymmetricToken) {
    take_only("unsigned");
    installed(descriptor());
    EXPECT_THAT(algorithms(), ElementsAre("RS256", "unsigned"));
    EXPECT_EQ(find()->signing_that_worked, InstallSigning::legacy);
    const auto calls = receiver->calls_to("/installed");
    EXPECT_EQ(secret_in(calls[0]), secret_in(calls[1]));
}

TEST_F(InstallTest, AutoNeverFallsBackForAnAddOnThatDeclaresSignedInstalls) {
    take_only("unsigned");
    auto text = descriptor();
    text.migrations = R"({"signed-install":true})";
    const auto result = install(text);
    ASSERT_FALSE(result);
    EXPECT_EQ(problem_member(result.error(), "callbackStatus"), "401");
    EXPECT_THAT(algorithms(), ElementsAre("RS256"));
    expect_nothing_installed();
}

TEST_F(InstallTest, AutoDoesNotFallBackOnOtherFailures) {
    answer_installed(ReceiverAnswer::status(500));
    EXPECT_FALSE(install(descriptor()));
    EXPECT_THAT(algorithms(), ElementsAre("RS256"));
}

TEST_F(InstallTest, AsymmetricIsTriedAlone) {
    take_only("unsigned");
    EXPECT_FALSE(install_with(InstallSigning::asymmetric, descriptor()));
    EXPECT_THAT(algorithms(), ElementsAre("RS256"));
}

TEST_F(InstallTest, LegacySendsAFirstInstallUnsigned) {
    take_only("unsigned");
    ASSERT_TRUE(install_with(InstallSigning::legacy, descriptor()));
    EXPECT_THAT(algorithms(), ElementsAre("unsigned"));
}

TEST_F(InstallTest, AnAddOnWithoutAuthenticationGetsNeitherSignatureNorSecret) {
    auto text = descriptor();
    text.authentication = "none";
    installed(text);
    EXPECT_THAT(algorithms(), ElementsAre("unsigned"));
    EXPECT_THAT(receiver->calls_to("/installed").at(0).body, testing::Not(HasSubstr("sharedSecret")));
    EXPECT_EQ(algorithm(receiver->calls_to("/enabled").at(0)), "unsigned");
    EXPECT_THAT(secret(), IsEmpty());
}

TEST_F(InstallTest, AnAddOnWithoutCallbacksIsInstalledAtOnce) {
    auto text = descriptor();
    text.authentication = "none";
    text.lifecycle = "{}";
    ASSERT_TRUE(install(text));
    EXPECT_EQ(find()->state, InstallationState::enabled);
    EXPECT_EQ(receiver->count("/installed"), 0U);
}

TEST_F(InstallTest, TellsTheStatusAndTheWordsOfARefusal) {
    answer_installed(ReceiverAnswer::status(500, "database \"x\" is down"));
    const auto result = install(descriptor());
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().status, 422U);
    EXPECT_EQ(result.error().name, "install-callback-failed");
    EXPECT_EQ(problem_member(result.error(), "callbackStatus"), "500");
    EXPECT_THAT(result.error().detail, HasSubstr("database \"x\" is down"));
    EXPECT_THAT(result.error().detail, HasSubstr(receiver->url() + "/installed"));
    expect_nothing_installed();
}

TEST_F(InstallTest, NeverShowsTheSecretThatAnAnswerRepeats) {
    receiver->answer = [](const ReceivedCall& call) { return ReceiverAnswer::status(500, "I got " + call.body); };
    const auto result = install(descriptor());
    ASSERT_FALSE(result);
    EXPECT_THAT(result.error().detail, testing::Not(HasSubstr(secret_in(receiver->calls.at(0)))));
    EXPECT_THAT(result.error().detail, HasSubstr(R"("sharedSecret":"***")"));
}

TEST_F(InstallTest, TakesOnly200And201And204ForAYes) {
    for (const unsigned status : {200U, 201U, 204U}) {
        answer_installed(ReceiverAnswer::status(status));
        EXPECT_TRUE(install(descriptor())) << status;
    }
    auto other = descriptor();
    other.key = "other";
    for (const unsigned status : {202U, 206U, 304U, 404U}) {
        answer_installed(ReceiverAnswer::status(status));
        const auto result = install(other);
        ASSERT_FALSE(result) << status;
        EXPECT_EQ(problem_member(result.error(), "callbackStatus"), std::to_string(status));
        EXPECT_EQ(find("other"), nullptr) << status;
    }
}

TEST_F(InstallTest, NeverFollowsARedirect) {
    auto redirect = ReceiverAnswer::status(307);
    redirect.response.headers.emplace_back("Location", receiver->url() + "/elsewhere");
    answer_installed(redirect);
    const auto result = install(descriptor());
    ASSERT_FALSE(result);
    EXPECT_THAT(result.error().detail, HasSubstr("edirects are never followed"));
    EXPECT_EQ(receiver->count("/elsewhere"), 0U);
    expect_nothing_installed();
}

TEST_F(InstallTest, EndsAtTheTimeLimitWhenTheAddOnHangs) {
    options.call_timeout = Millis(500);
    restart_lifecycle();
    answer_installed(ReceiverAnswer::hang());
    const auto result = install(descriptor());
    ASSERT_FALSE(result);
    EXPECT_EQ(problem_member(result.error(), "failure"), "\"answer_timeout\"");
    expect_nothing_installed();
}

TEST_F(InstallTest, TellsWhenTheConnectionBreaks) {
    answer_installed(ReceiverAnswer::reset());
    const auto result = install(descriptor());
    ASSERT_FALSE(result);
    EXPECT_EQ(problem_member(result.error(), "failure"), "\"broken\"");
    expect_nothing_installed();
}

TEST_F(InstallTest, TellsWhenNobodyListens) {
    auto text = descriptor();
    {
        testkit::RecordingReceiver gone(fixture.net(), fixture.run().wheel);
        text.base_url = gone.url();
    }
    const auto result = install(text);
    ASSERT_FALSE(result);
    EXPECT_EQ(problem_member(result.error(), "failure"), "\"refused\"");
    EXPECT_EQ(find(), nullptr);
}

TEST_F(InstallTest, TellsEveryFaultOfADescriptor) {
    const auto result = install(std::string(R"({"key":"a b","baseUrl":"ftp://x"})"));
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().status, 422U);
    EXPECT_EQ(result.error().name, "descriptor-wrong");
    std::vector<std::string> pointers;
    for (const auto& error : result.error().errors) pointers.push_back(error.pointer);
    EXPECT_THAT(pointers, testing::IsSupersetOf({"/key", "/baseUrl"}));
}

TEST_F(InstallTest, ASecretThatMayHaveBeenTakenIsSentAgainAndSignsALegacyInstall) {
    answer_installed(ReceiverAnswer::reset());
    EXPECT_FALSE(install_with(InstallSigning::legacy, descriptor()));
    const auto first = secret_in(receiver->calls_to("/installed").at(0));
    EXPECT_EQ(pending_secret(), first);

    // The add-on had taken it, so it wants to see it used.
    take_only("HS256");
    ASSERT_TRUE(install_with(InstallSigning::legacy, descriptor()));
    const auto second = receiver->calls_to("/installed").at(1);
    EXPECT_EQ(secret_in(second), first);
    EXPECT_EQ(check_hs256(second, first), "");
    EXPECT_EQ(secret(), first);
}

TEST_F(InstallTest, AfterALostAnswerAnAddOnThatTookNothingGetsAnUnsignedInstall) {
    answer_installed(ReceiverAnswer::reset());
    EXPECT_FALSE(install_with(InstallSigning::legacy, descriptor()));
    take_only("unsigned");
    EXPECT_TRUE(install_with(InstallSigning::legacy, descriptor()));
    EXPECT_THAT(algorithms(), ElementsAre("unsigned", "HS256", "unsigned"));
}

TEST_F(InstallTest, ACrashDuringTheCallLeavesNothingInstalledButTheSecret) {
    receiver->answer = [](const ReceivedCall&) { return ReceiverAnswer::hang(); };
    InstallRequest request;
    request.tenant = fixture.tenant().id;
    request.descriptor = descriptor().text();
    io::asio::co_spawn(fixture.net(), lifecycle->install(std::move(request)),
                       [](std::exception_ptr, Outcome<Installed>) {});
    ASSERT_TRUE(fixture.wait_until([&] { return receiver->count("/installed") == 1; }));
    const auto carried = secret_in(receiver->calls.at(0));
    EXPECT_EQ(find()->state, InstallationState::installing);

    fixture.restart([this] { end(); });
    begin();
    EXPECT_EQ(pending_secret(), carried);
    fixture.wait_for(lifecycle->recover());
    EXPECT_EQ(find()->state, InstallationState::uninstalled);
    expect_nothing_installed();

    installed(descriptor());
    EXPECT_EQ(secret_in(receiver->calls_to("/installed").at(0)), carried);
    EXPECT_EQ(secret(), carried);
}

TEST_F(InstallTest, ASecondInstallMeanwhileIsAConflict) {
    receiver->answer = [](const ReceivedCall&) { return ReceiverAnswer::hang(); };
    InstallRequest request;
    request.tenant = fixture.tenant().id;
    request.descriptor = descriptor().text();
    auto again = request;
    io::asio::co_spawn(fixture.net(), lifecycle->install(std::move(request)),
                       [](std::exception_ptr, Outcome<Installed>) {});
    ASSERT_TRUE(fixture.wait_until([&] { return receiver->count("/installed") == 1; }));
    const auto result = install(std::move(again));
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().status, 409U);
    const auto enabled = fixture.wait_for(lifecycle->enable(find()->id));
    ASSERT_FALSE(enabled);
    EXPECT_EQ(enabled.error().status, 409U);
}

TEST_F(InstallTest, SettingsHoldForThisVeryInstall) {
    InstallRequest request;
    request.descriptor = descriptor().text();
    auto& settings = request.settings.emplace();
    registry::HeaderChange header;
    header.name = "X-Gate";
    header.value = registry::Secret::copy_of("open");
    settings.headers = std::vector{header};
    ASSERT_TRUE(install(std::move(request)));
    EXPECT_EQ(receiver->calls_to("/installed").at(0).header("X-Gate"), "open");
    EXPECT_EQ(find()->settings.headers.size(), 1U);
}

}  // namespace
}  // namespace posthorn::lifecycle
