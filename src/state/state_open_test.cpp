// What State::open refuses, and what it says of it.
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "state/sqlite.h"
#include "state/state.h"
#include "state/test_journal.h"

namespace posthorn::state {
namespace {

TEST(StateOpen, RefusesAStoreOfANewerVersion) {
    TestFolder folder;
    ASSERT_TRUE(State::open(folder.path()));
    {
        auto database = Database::open(folder.file(), Access::write);
        ASSERT_TRUE(database);
        ASSERT_TRUE(database->execute("PRAGMA user_version=99"));
    }
    const auto opened = State::open(folder.path());
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Errc::unsupported);
    EXPECT_NE(opened.error().detail.find("version 99"), std::string::npos) << opened.error().detail;
    EXPECT_EQ(opened.error().where, folder.file());
}

TEST(StateOpen, RefusesAFileThatIsNoDatabase) {
    TestFolder folder;
    std::ofstream(folder.file()) << std::string(50'000, 'x');
    const auto opened = State::open(folder.path());
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Errc::corrupt);
    EXPECT_EQ(opened.error().where, folder.file());
}

TEST(StateOpen, RefusesAnotherProgramsDatabase) {
    TestFolder folder;
    {
        auto database = Database::open(folder.file(), Access::write);
        ASSERT_TRUE(database);
        ASSERT_TRUE(database->execute("CREATE TABLE theirs(x)"));
    }
    EXPECT_EQ(State::open(folder.path()).error().code, Errc::corrupt);
}

TEST(StateOpen, DamagedPagesAreCorrupt) {
    TestFolder folder;
    ASSERT_TRUE(State::open(folder.path()));
    {
        std::fstream file(folder.file(), std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(16'384);
        file << std::string(20 * 16'384, '\xff');
    }
    const auto opened = State::open(folder.path());
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Errc::corrupt) << to_string(opened.error());
}

TEST(StateOpen, AFolderThatIsMissingOrClosedIsNamed) {
    TestFolder folder;
    const auto missing = State::open(folder.path() + "/none");
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().code, Errc::io);
    EXPECT_EQ(missing.error().where, folder.path() + "/none/posthorn.db");

    if (geteuid() == 0) GTEST_SKIP() << "nothing is closed to root";
    std::filesystem::permissions(folder.path(),
                                 std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
    EXPECT_EQ(State::open(folder.path()).error().code, Errc::io);
    std::filesystem::permissions(folder.path(), std::filesystem::perms::owner_all);
}

}  // namespace
}  // namespace posthorn::state
