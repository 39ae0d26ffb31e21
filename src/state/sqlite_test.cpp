#include "state/sqlite.h"

#include <gtest/gtest.h>

#include "state/test_journal.h"

namespace posthorn::state {
namespace {

struct SqliteTest : testing::Test {
    TestFolder folder;
    Result<Database> opened = Database::open(folder.file(), Access::write);
    Database& database = *opened;

    void SetUp() override {
        ASSERT_TRUE(opened);
        ASSERT_TRUE(database.execute("CREATE TABLE t(a INTEGER PRIMARY KEY, b)"));
    }
    std::int64_t count() { return std::move(database.ask_number("SELECT count(*) FROM t")).value().value(); }
};

TEST_F(SqliteTest, GivesBackWhatWasBound) {
    auto insert = database.prepare("INSERT INTO t VALUES(?, ?)");
    ASSERT_TRUE(insert);
    const std::string text("a\0b", 3);
    ASSERT_TRUE(insert->bind(1, std::string_view(text)).run());
    ASSERT_TRUE(insert->bind(2, Blob{{}}).run());
    ASSERT_TRUE(insert->bind(3, std::nullopt).run());
    ASSERT_TRUE(insert->bind(EventId{4}, from_epoch_ms(-5)).run());

    auto select = database.prepare("SELECT b FROM t ORDER BY a");
    ASSERT_TRUE(select);
    ASSERT_TRUE(*select->step());
    EXPECT_EQ(select->bytes(0), text);
    ASSERT_TRUE(*select->step());
    EXPECT_FALSE(select->is_null(0)) << "an empty blob is not NULL";
    ASSERT_TRUE(*select->step());
    EXPECT_TRUE(select->is_null(0));
    ASSERT_TRUE(*select->step());
    EXPECT_EQ(select->moment(0), from_epoch_ms(-5));
    EXPECT_FALSE(*select->step());
}

TEST_F(SqliteTest, AWrongParameterIsReportedByTheStep) {
    auto insert = database.prepare("INSERT INTO t VALUES(?, 1)");
    ASSERT_TRUE(insert);
    EXPECT_FALSE(insert->bind(1, 2).run());
}

TEST_F(SqliteTest, AConstraintIsAConflictInSqlitesWords) {
    auto insert = database.prepare("INSERT INTO t VALUES(?, 1)");
    ASSERT_TRUE(insert);
    ASSERT_TRUE(insert->bind(1).run());
    const auto again = insert->bind(1).run();
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, Errc::conflict);
    EXPECT_NE(again.error().detail.find("UNIQUE"), std::string::npos) << again.error().detail;
    EXPECT_EQ(again.error().where, folder.file());
    EXPECT_TRUE(insert->bind(2).run()) << "the statement can be used again";
}

TEST_F(SqliteTest, ATransactionThatIsNotCommittedIsUndone) {
    {
        auto transaction = Transaction::begin(database, Transaction::Kind::write);
        ASSERT_TRUE(transaction);
        ASSERT_TRUE(database.execute("INSERT INTO t VALUES(1, 1)"));
    }
    EXPECT_EQ(count(), 0);
    {
        auto transaction = Transaction::begin(database, Transaction::Kind::write);
        ASSERT_TRUE(transaction);
        ASSERT_TRUE(database.execute("INSERT INTO t VALUES(1, 1)"));
        ASSERT_TRUE(transaction->commit());
    }
    EXPECT_EQ(count(), 1);
}

TEST_F(SqliteTest, WrongSqlIsAnError) {
    EXPECT_FALSE(database.prepare("SELECT nothing FROM nowhere"));
    EXPECT_FALSE(database.execute("nonsense"));
    EXPECT_FALSE(database.ask_number("nonsense"));
}

TEST_F(SqliteTest, AReaderCantWrite) {
    auto reader = Database::open(folder.file(), Access::read);
    ASSERT_TRUE(reader);
    EXPECT_EQ(reader->execute("INSERT INTO t VALUES(1, 1)").error().code, Errc::io);
}

}  // namespace
}  // namespace posthorn::state
