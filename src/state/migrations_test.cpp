#include "state/migrations.h"

#include <vector>

#include <gtest/gtest.h>

#include "base/id_time.h"
#include "state/folded.h"
#include "state/test_journal.h"

namespace posthorn::state {
namespace {

using model::DeliveryState;

struct MigrationsTest : testing::Test {
    TestFolder folder;
    std::vector<Migration> steps{migrations().begin(), migrations().end()};
    const std::int64_t today = static_cast<std::int64_t>(steps.size());

    Result<Database> open() { return Database::open(folder.file(), Access::write); }
    static std::int64_t ask(Database& database, const std::string& sql) {
        return std::move(database.ask_number(sql)).value().value();
    }
};

TEST_F(MigrationsTest, ANewFileGetsTodaysVersionAndPageSize) {
    auto opened = open();
    ASSERT_TRUE(opened);
    auto& database = *opened;
    ASSERT_TRUE(migrate(database, steps));
    EXPECT_EQ(ask(database, "PRAGMA user_version"), today);
    EXPECT_EQ(ask(database, "PRAGMA page_size"), 16'384);
    EXPECT_EQ(ask(database, "PRAGMA auto_vacuum"), 2);
}

TEST_F(MigrationsTest, AnOlderStoreRunsTheStepsThatItLacks) {
    {
        auto state = State::open(folder.path());
        ASSERT_TRUE(state);
        TestJournal journal;
        journal.accept();
        ASSERT_TRUE((*state)->apply(journal.take()));
    }
    steps.push_back({"ALTER TABLE events ADD COLUMN weight INTEGER NOT NULL DEFAULT 7"});
    steps.push_back({"UPDATE events SET weight = weight + 1"});
    auto opened = open();
    ASSERT_TRUE(opened);
    auto& database = *opened;
    ASSERT_TRUE(migrate(database, steps));
    EXPECT_EQ(ask(database, "PRAGMA user_version"), today + 2);
    EXPECT_EQ(ask(database, "SELECT weight FROM events"), 8);

    ASSERT_TRUE(migrate(database, steps));
    EXPECT_EQ(ask(database, "SELECT weight FROM events"), 8) << "no step runs twice";
}

TEST_F(MigrationsTest, AStoreOfVersion1GetsItsListsAndCounts) {
    {
        auto opened = open();
        ASSERT_TRUE(opened);
        ASSERT_TRUE(migrate(*opened, {steps.data(), 1}));
        // An event with a folded delivery, one with a dead and a waiting row, and a replay.
        std::string folded;
        append_folded({0, InstallationId{1}, 1, "x"}, folded);
        auto event = opened->prepare("INSERT INTO events VALUES(?,1,1,?,?,?,x'00')");
        ASSERT_TRUE(event);
        const auto first = first_id_at(epoch_ms(TestJournal{}.now));
        ASSERT_TRUE(event->bind(first, TestJournal{}.now, 1, Blob{folded}).run());
        ASSERT_TRUE(event->bind(first + 4096, TestJournal{}.now, 2, std::nullopt).run());
        const auto row = [&](std::uint64_t id, std::uint64_t of, DeliveryState state, std::string replay) {
            return opened->execute("INSERT INTO deliveries VALUES(" + std::to_string(id) + "," + std::to_string(of) +
                                   ",1,1,2,1," + std::to_string(static_cast<int>(state)) + ",0,1,5," +
                                   std::to_string(epoch_ms(TestJournal{}.now)) + "," + replay + ",NULL,0,0,0)");
        };
        ASSERT_TRUE(opened->execute("INSERT INTO types VALUES(1, 'jira:issue_created')"));
        ASSERT_TRUE(row(first + 4097, first + 4096, DeliveryState::dead, "NULL"));
        ASSERT_TRUE(row(first + 4098, first + 4096, DeliveryState::retrying, "NULL"));
        ASSERT_TRUE(row(first + 8193, first + 4096, DeliveryState::pending, "1"));
    }
    auto state = State::open(folder.path());
    ASSERT_TRUE(state) << to_string(state.error());
    EXPECT_EQ((*state)->waiting(), 2U);
    auto reader = (*state)->make_reader();
    ASSERT_TRUE(reader);
    DeliveryFilter filter{TenantId{1}, {}, {}, DeliveryState::dead, {}, {}};
    EXPECT_EQ((*reader)->count_deliveries(filter, 10)->deliveries, 1U);
    filter = {TenantId{1}, InstallationId{2}, {}, {}, TestJournal{}.now, {}};
    EXPECT_EQ((*reader)->deliveries(filter, {}, 10)->rows.size(), 3U);
    EXPECT_EQ((*reader)->events(TenantId{1}, {}, {}, {}, {}, 10)->rows.size(), 2U);
    EXPECT_EQ((*reader)->waiting()->front().deliveries, 2U);
}

TEST_F(MigrationsTest, AStepThatFailsLeavesTheOlderStore) {
    auto opened = open();
    ASSERT_TRUE(opened);
    auto& database = *opened;
    ASSERT_TRUE(migrate(database, steps));
    steps.push_back({"CREATE TABLE more(x)"});
    steps.push_back({"INSERT INTO nowhere VALUES(1)"});
    EXPECT_FALSE(migrate(database, steps));
    EXPECT_EQ(ask(database, "PRAGMA user_version"), today);
    EXPECT_EQ(ask(database, "SELECT count(*) FROM sqlite_schema WHERE name = 'more'"), 0);
}

TEST_F(MigrationsTest, ANewerStoreIsRefused) {
    auto opened = open();
    ASSERT_TRUE(opened);
    auto& database = *opened;
    steps.push_back({"CREATE TABLE more(x)"});
    ASSERT_TRUE(migrate(database, steps));
    EXPECT_EQ(migrate(database, migrations()).error().code, Errc::unsupported);
}

}  // namespace
}  // namespace posthorn::state
