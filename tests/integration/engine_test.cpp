// The engine as a whole: idempotency, retries, replay, cancel, and what a restart finds.

#include "engine/engine.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "engine/recovery.h"
#include "testkit/lifecycle_fixture.h"

namespace posthorn {
namespace {

using testkit::ReceivedCall;
using testkit::ReceiverAnswer;

struct EngineTest : lifecycle::LifecycleTest {
    EngineTest() {
        lifecycle::InstallRequest request;
        auto text = descriptor();
        text.webhooks = R"([{"event":"jira:issue_created","url":"/hook"}])";
        request.descriptor = text.text();
        auto& settings = request.settings.emplace();
        settings.retry = std::optional(registry::Retry{registry::Retry::Kind::custom, {Millis(50), Millis(50)}, 0.0});
        EXPECT_TRUE(install(std::move(request)));
        EXPECT_TRUE(fixture.wait_until([&] { return receiver->count("/enabled") == 1; }));
    }

    io::Task<Result<engine::Receipt>> accept(std::string key, std::string hash = "h") {
        model::Event event;
        event.tenant = fixture.tenant().id;
        event.type = "jira:issue_created";
        event.payload = R"({"timestamp":1,"webhookEvent":"jira:issue_created"})";
        return fixture.engine().accept(std::move(event), {std::move(key), std::move(hash)});
    }
    state::DeliveryDetail detail(DeliveryId id) {
        std::function<Result<state::DeliveryDetail>(state::Reader&)> query = [id](state::Reader& reader) {
            return reader.delivery(id);
        };
        auto found = fixture.wait_for(fixture.engine().read(std::move(query)));
        EXPECT_TRUE(found) << to_string(found.error());
        return *std::move(found);
    }
    bool waits_for_state(DeliveryId id, model::DeliveryState state) {
        for (int i = 0; i < 100; ++i) {
            if (detail(id).row.delivery.state == state) return true;
            fixture.run_for(Millis(20));
        }
        return false;
    }
    /// The crash, and the next start on what is left of it.
    void crash() {
        fixture.restart([this] { end(); });
        // The receiver comes back on another port: tell the add-on's new address, as its next install would.
        begin();
    }
};

TEST_F(EngineTest, ARepeatedKeyGivesTheFirstReceiptAndNoSecondDelivery) {
    const auto first = fixture.wait_for(accept("k"));
    const auto second = fixture.wait_for(accept("k"));
    ASSERT_TRUE(first);
    ASSERT_TRUE(second);
    EXPECT_FALSE(first->is_duplicate);
    EXPECT_TRUE(second->is_duplicate);
    EXPECT_EQ(second->id, first->id);
    EXPECT_EQ(second->deliveries, 1u);
    EXPECT_TRUE(fixture.wait_until([&] { return receiver->count("/hook") == 1; }));
    fixture.run_for(Millis(100));
    EXPECT_EQ(receiver->count("/hook"), 1u);
}

TEST_F(EngineTest, AKeyUsedForSomethingElseIsAConflict) {
    ASSERT_TRUE(fixture.wait_for(accept("k", "one")));
    const auto other = fixture.wait_for(accept("k", "two"));
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().code, Errc::conflict);
}

TEST_F(EngineTest, TwoPostsOfOneKeyAtTheSameMomentAreOneEvent) {
    std::vector<Result<engine::Receipt>> receipts;
    for (int i = 0; i < 5; ++i)
        io::asio::co_spawn(fixture.net().get_executor(), accept("same"),
                           [&](std::exception_ptr, Result<engine::Receipt> receipt) { receipts.push_back(receipt); });
    ASSERT_TRUE(fixture.wait_until([&] { return receipts.size() == 5; }));
    int originals = 0;
    for (const auto& receipt : receipts) {
        ASSERT_TRUE(receipt);
        EXPECT_EQ(receipt->id, receipts[0]->id);
        originals += receipt->is_duplicate ? 0 : 1;
    }
    EXPECT_EQ(originals, 1);
}

TEST_F(EngineTest, AKeyIsRememberedOverARestart) {
    const auto first = fixture.wait_for(accept("k"));
    ASSERT_TRUE(first);
    crash();
    const auto again = fixture.wait_for(accept("k"));
    ASSERT_TRUE(again);
    EXPECT_TRUE(again->is_duplicate);
    EXPECT_EQ(again->id, first->id);
}

TEST_F(EngineTest, AFailedCallIsRepeatedWithTheSameIdentifierAndAFreshToken) {
    receiver->answer = [&, failures = 0](const ReceivedCall& call) mutable {
        if (call.path() != "/hook" || ++failures > 2) return ReceiverAnswer::status(204);
        return ReceiverAnswer::status(503);
    };
    const auto receipt = post();
    ASSERT_TRUE(receipt);
    ASSERT_TRUE(fixture.wait_until([&] { return receiver->count("/hook") == 3; }));
    const auto calls = receiver->calls_to("/hook");
    EXPECT_EQ(calls[0].header("X-Atlassian-Webhook-Retry"), "");
    EXPECT_EQ(calls[1].header("X-Atlassian-Webhook-Retry"), "1");
    EXPECT_EQ(calls[2].header("X-Atlassian-Webhook-Retry"), "2");
    EXPECT_EQ(calls[0].header("X-Atlassian-Webhook-Identifier"), calls[2].header("X-Atlassian-Webhook-Identifier"));
    for (const auto& call : calls) EXPECT_EQ(check_hs256(call, secret()), "");
    const auto id = delivery_of(receipt->id, 0);
    ASSERT_TRUE(waits_for_state(id, model::DeliveryState::delivered));
    const auto history = detail(id);
    ASSERT_EQ(history.attempts.size(), 3u);
    EXPECT_EQ(history.attempts[0].status, 503);
    EXPECT_EQ(history.attempts[2].status, 204);
}

TEST_F(EngineTest, AKeptConnectionThatBreaksBehindTheRequestIsAFailureAndTheRepeatSaysSo) {
    ASSERT_TRUE(post());
    ASSERT_TRUE(fixture.wait_until([&] { return receiver->count("/hook") == 1; }));
    receiver->answer = [&, failures = 0](const ReceivedCall&) mutable {
        return ++failures > 1 ? ReceiverAnswer::status(204) : ReceiverAnswer::reset();
    };
    const auto receipt = post();
    ASSERT_TRUE(fixture.wait_until([&] { return receiver->count("/hook") == 3; }));
    const auto calls = receiver->calls_to("/hook");
    EXPECT_EQ(calls[1].header("X-Atlassian-Webhook-Retry"), "");
    EXPECT_EQ(calls[2].header("X-Atlassian-Webhook-Retry"), "1");
    EXPECT_EQ(calls[1].header("X-Atlassian-Webhook-Identifier"), calls[2].header("X-Atlassian-Webhook-Identifier"));
    ASSERT_TRUE(waits_for_state(delivery_of(receipt->id, 0), model::DeliveryState::delivered));
    EXPECT_EQ(detail(delivery_of(receipt->id, 0)).attempts.at(0).failure, model::Failure::broken);
}

TEST_F(EngineTest, AUsedUpScheduleMakesItDeadAndAReplayIsANewDelivery) {
    receiver->answer = [](const ReceivedCall&) { return ReceiverAnswer::status(500, "no"); };
    const auto receipt = post();
    const auto id = delivery_of(receipt->id, 0);
    ASSERT_TRUE(waits_for_state(id, model::DeliveryState::dead));
    EXPECT_EQ(detail(id).row.delivery.reason, model::DeadReason::exhausted);
    EXPECT_EQ(detail(id).attempts.at(0).response_body, "no");

    receiver->answer = [](const ReceivedCall&) { return ReceiverAnswer::status(204); };
    const auto replay = fixture.wait_for(fixture.engine().replay(id));
    ASSERT_TRUE(replay) << to_string(replay.error());
    ASSERT_TRUE(waits_for_state(*replay, model::DeliveryState::delivered));
    EXPECT_EQ(detail(*replay).row.delivery.replay_of, id);
    EXPECT_EQ(detail(id).row.delivery.state, model::DeliveryState::dead) << "a final state never changes";
    const auto calls = receiver->calls_to("/hook");
    EXPECT_NE(calls.front().header("X-Atlassian-Webhook-Identifier"),
              calls.back().header("X-Atlassian-Webhook-Identifier"));
}

TEST_F(EngineTest, OnlyAFinalDeliveryIsReplayedAndOnlyAWaitingOneCancelled) {
    const auto id = find()->id;
    ASSERT_TRUE(fixture.wait_for(lifecycle->pause(id)));
    const auto delivery = delivery_of(post()->id, 0);
    EXPECT_EQ(fixture.wait_for(fixture.engine().replay(delivery)).error().code, Errc::conflict);
    ASSERT_TRUE(fixture.wait_for(fixture.engine().cancel(delivery)));
    EXPECT_EQ(fixture.wait_for(fixture.engine().cancel(delivery)).error().code, Errc::conflict);
    ASSERT_TRUE(fixture.wait_for(lifecycle->resume(id)));
    fixture.run_for(Millis(200));
    EXPECT_EQ(receiver->count("/hook"), 0u) << "what was cancelled is not sent";
}

TEST_F(EngineTest, AnUnansweredDeliveryGoesOnAfterACrashAndSaysThatItMayBeARepeat) {
    receiver->answer = [](const ReceivedCall&) { return ReceiverAnswer::hang(); };
    const auto receipt = post();
    ASSERT_TRUE(fixture.wait_until([&] { return receiver->count("/hook") == 1; }));
    const auto identifier = receiver->calls_to("/hook")[0].header("X-Atlassian-Webhook-Identifier");
    crash();
    auto moved = descriptor();
    moved.webhooks = R"([{"event":"jira:issue_created","url":"/hook"}])";
    ASSERT_TRUE(install(moved));
    ASSERT_TRUE(fixture.wait_until([&] { return receiver->count("/hook") == 1; }));
    const auto call = receiver->calls_to("/hook")[0];
    EXPECT_EQ(call.header("X-Atlassian-Webhook-Identifier"), identifier);
    EXPECT_NE(call.header("X-Atlassian-Webhook-Retry"), "");
    EXPECT_TRUE(waits_for_state(delivery_of(receipt->id, 0), model::DeliveryState::delivered));
}

TEST_F(EngineTest, RecoverDeliversWhatWasMissedBeforeTheAddOnCame) {
    const auto before = wall_now();
    ASSERT_TRUE(fixture.wait_for(lifecycle->disable(find()->id)));
    ASSERT_EQ(post()->deliveries, 0u);
    ASSERT_TRUE(fixture.wait_for(lifecycle->enable(find()->id)));
    engine::Recoveries recoveries(fixture.engine());
    engine::RecoveryRequest request;
    request.filter.tenant = fixture.tenant().id;
    request.filter.state = model::DeliveryState::dead;
    request.filter.since = before;
    request.with_missing = true;
    EXPECT_EQ(fixture.wait_for(recoveries.preview(request)).value().deliveries, 1u);
    const auto operation = recoveries.start(request);
    ASSERT_TRUE(operation);
    ASSERT_TRUE(fixture.wait_until([&] { return receiver->count("/hook") == 1; }));
    ASSERT_TRUE(
        fixture.wait_until([&] { return recoveries.find(*operation)->state == engine::Operation::State::done; }));
    EXPECT_EQ(recoveries.find(*operation)->done, 1u);
    EXPECT_EQ(fixture.wait_for(recoveries.preview(request)).value().deliveries, 0u) << "it is there now";
}

}  // namespace
}  // namespace posthorn
