#include "inspect/inspector_tables.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "inspect/inspector_store.h"
#include "testkit/run_task.h"

namespace posthorn::inspect {
namespace {

using namespace std::chrono_literals;
using Detail = InspectorTables::Detail;

struct InspectorTablesTest : testing::Test {
    InspectorTablesTest() {
        std::string pattern = (std::filesystem::temp_directory_path() / "posthorn-inspect-XXXXXX").string();
        folder = mkdtemp(pattern.data());
        open();
    }
    ~InspectorTablesTest() override {
        tables.reset();
        std::filesystem::remove_all(folder);
    }
    void open() {
        tables.reset();
        auto opened = InspectorTables::open(folder + "/inspector.db", limits);
        ASSERT_TRUE(opened) << opened.error().detail;
        tables.emplace(*std::move(opened));
    }
    void add(const std::string& id) {
        Inspector inspector;
        inspector.id = id;
        inspector.secret_hash = registry::hash_of_token("secret of " + id);
        inspector.tenant = TenantId{1};
        inspector.created_at = from_epoch_ms(1000);
        inspector.expires_at = from_epoch_ms(2000);
        ASSERT_TRUE(tables->add(inspector));
    }
    static RecordedCall call(std::string body = "{}") {
        RecordedCall call;
        call.at = from_epoch_ms(1500);
        call.name = "jira:issue_created";
        call.method = "POST";
        call.target = "/events/jira:issue_created";
        call.headers = {{"X-Atlassian-Webhook-Retry", "2"}, {"Empty", ""}, {"Colon", "a:b"}};
        call.body_bytes = body.size();
        call.body = std::move(body);
        call.answered = 200;
        call.token_summary = "{}";
        call.token = "{\"a\":1}";
        return call;
    }
    std::vector<std::uint64_t> numbers(const std::string& id) {
        std::vector<std::uint64_t> found;
        const auto calls = tables->calls_after(id, 0, 1000, Detail::summary, 0);
        for (const auto& one : *calls) found.push_back(one.number);
        return found;
    }

    std::string folder;
    InspectorLimits limits{
        .calls_max = 3, .bytes_max = 10'000, .bytes_in_all_max = 15'000, .ended_max = 2, .ended_for = 1h};
    std::optional<InspectorTables> tables;
};

TEST_F(InspectorTablesTest, ACallComesBackAsItWent) {
    add("a");
    ASSERT_TRUE(tables->add_call("a", call(std::string("x\0\xff", 3))));
    open();
    const auto found = tables->call("a", 1);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->body, std::string("x\0\xff", 3));
    EXPECT_EQ(found->headers, call().headers);
    EXPECT_EQ(found->token, "{\"a\":1}");
    EXPECT_EQ(found->at, from_epoch_ms(1500));
    EXPECT_EQ(retry_of(tables->calls_before("a", std::nullopt, 10)->front()), 2U);
    EXPECT_EQ(tables->call("a", 2).error().code, Errc::not_found);
    EXPECT_EQ(tables->call("a", UINT64_MAX).error().code, Errc::not_found);
    EXPECT_EQ(tables->call("b", 1).error().code, Errc::not_found);
}

TEST_F(InspectorTablesTest, TheOldestCallsGoFirstAndAreCounted) {
    add("a");
    for (int i = 0; i < 5; ++i) ASSERT_TRUE(tables->add_call("a", call()));
    EXPECT_EQ(numbers("a"), (std::vector<std::uint64_t>{3, 4, 5}));
    const auto inspector = *tables->find("a");
    EXPECT_EQ(inspector.calls_dropped(), 2U);
    EXPECT_EQ(inspector.bytes, 3 * call().bytes_kept());
}

TEST_F(InspectorTablesTest, BytesAreBoundedButTheNewestCallStays) {
    add("a");
    ASSERT_TRUE(tables->add_call("a", call(std::string(6'000, 'x'))));
    ASSERT_TRUE(tables->add_call("a", call(std::string(6'000, 'x'))));
    EXPECT_EQ(numbers("a"), (std::vector<std::uint64_t>{2}));
    ASSERT_TRUE(tables->add_call("a", call(std::string(12'000, 'x'))));
    EXPECT_EQ(numbers("a"), (std::vector<std::uint64_t>{3}));
}

TEST_F(InspectorTablesTest, TheInspectorThatHasMostGivesFirst) {
    add("large");
    add("small");
    ASSERT_TRUE(tables->add_call("large", call(std::string(4'000, 'x'))));
    ASSERT_TRUE(tables->add_call("large", call(std::string(4'000, 'x'))));
    ASSERT_TRUE(tables->add_call("small", call(std::string(3'000, 'x'))));
    ASSERT_TRUE(tables->add_call("small", call(std::string(3'000, 'x'))));
    ASSERT_TRUE(tables->add_call("small", call(std::string(1'000, 'x'))));
    EXPECT_EQ(numbers("large"), (std::vector<std::uint64_t>{2}));
    EXPECT_EQ(numbers("small"), (std::vector<std::uint64_t>{1, 2, 3}));
}

TEST_F(InspectorTablesTest, PagesGoBackwardsAndFeedsForwards) {
    limits.calls_max = 100;
    open();
    add("a");
    for (int i = 0; i < 10; ++i) ASSERT_TRUE(tables->add_call("a", call()));
    const auto page = tables->calls_before("a", 8, 3);
    EXPECT_EQ(page->front().number, 7U);
    EXPECT_EQ(page->back().number, 5U);
    EXPECT_EQ(tables->calls_after("a", 8, 100, Detail::full, 1 << 20)->size(), 2U);
    // However little may be read at once, it goes on.
    EXPECT_EQ(tables->calls_after("a", 0, 100, Detail::full, 1)->size(), 1U);
    EXPECT_TRUE(tables->calls_after("a", 10, 100, Detail::full, 1 << 20)->empty());
}

TEST_F(InspectorTablesTest, WhatHasEndedIsErasedAndRememberedForAWhile) {
    add("a");
    ASSERT_TRUE(tables->add_call("a", call("a body that nobody shall find")));
    InspectorHost host;
    host.client_key = "c";
    ASSERT_TRUE(tables->put_host("a", host));
    ASSERT_TRUE(tables->end("a", from_epoch_ms(5000), EndReason::expired));
    EXPECT_TRUE(tables->inspectors()->empty());
    EXPECT_EQ(tables->end("a", from_epoch_ms(5000), EndReason::expired).error().code, Errc::not_found);
    const auto ended = *tables->ended();
    ASSERT_EQ(ended.size(), 1U);
    EXPECT_EQ(ended.front().id, "a");
    EXPECT_EQ(ended.front().secret_hash, registry::hash_of_token("secret of a"));
    tables.reset();
    std::ifstream file(folder + "/inspector.db", std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    EXPECT_EQ(bytes.find("a body that nobody shall find"), std::string::npos);
}

TEST_F(InspectorTablesTest, EndedOnesAreForgotten) {
    for (const auto* id : {"a", "b", "c", "d"}) add(id);
    for (const auto* id : {"a", "b", "c"})
        ASSERT_TRUE(tables->end(id, from_epoch_ms(5000 + id[0]), EndReason::deleted));
    EXPECT_EQ(tables->ended()->size(), 2U);
    ASSERT_TRUE(tables->end("d", from_epoch_ms(5000) + 2h, EndReason::deleted));
    EXPECT_EQ(tables->ended()->size(), 1U);
}

TEST_F(InspectorTablesTest, AFileOfANewerVersionIsRefused) {
    tables.reset();
    {
        auto database = state::Database::open(folder + "/inspector.db", state::Access::write);
        ASSERT_TRUE(database->execute("PRAGMA user_version=99"));
    }
    EXPECT_EQ(InspectorTables::open(folder + "/inspector.db", limits).error().code, Errc::unsupported);
}

TEST_F(InspectorTablesTest, AFileThatIsNoneIsPutAside) {
    tables.reset();
    for (const auto* part : {"", "-wal", "-shm"}) std::filesystem::remove(folder + "/inspector.db" + part);
    std::ofstream(folder + "/inspector.db") << std::string(10'000, 'x');
    io::asio::io_context net(1);
    auto opened = InspectorStore::open(folder, limits, net);
    ASSERT_TRUE(opened);
    EXPECT_THAT(opened->warning, testing::HasSubstr("inspector.db.broken"));
    EXPECT_TRUE(opened->inspectors.empty());
    EXPECT_TRUE(std::filesystem::exists(folder + "/inspector.db.broken"));
    std::function<Result<std::size_t>(InspectorTables&)> count =
        [](InspectorTables& open_tables) -> Result<std::size_t> {
        POSTHORN_TRY(const auto inspectors, open_tables.inspectors());
        return inspectors.size();
    };
    EXPECT_EQ(testkit::run_task(net, opened->store->run(std::move(count))), 0U);
    opened->store->stop();
}

}  // namespace
}  // namespace posthorn::inspect
