#include "state/migrations.h"

#include <vector>

#include <gtest/gtest.h>

#include "state/test_journal.h"

namespace posthorn::state {
namespace {

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
