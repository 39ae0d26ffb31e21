#include "io/file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include <gtest/gtest.h>

#include "testkit/faulty_disk.h"

namespace posthorn::io {
namespace {

using testkit::Fault;
using testkit::FaultyDisk;
using testkit::Unsynced;

struct FileTest : testing::Test {
    FileTest() {
        std::string pattern = std::filesystem::temp_directory_path() / "posthorn-file-XXXXXX";
        folder = ::mkdtemp(pattern.data());
    }
    ~FileTest() override { std::filesystem::remove_all(folder); }

    std::string at(const std::string& name) const { return folder + "/" + name; }
    unsigned mode_of(const std::string& path) const {
        struct stat found{};
        return ::stat(path.c_str(), &found) == 0 ? found.st_mode & 0777u : 0;
    }

    std::string folder;
    Disk& disk = posix_disk();
};

TEST_F(FileTest, WhatIsWrittenIsReadBackFromAnyPlace) {
    const auto file = *disk.create(at("a"), FileMode::owner_only);
    ASSERT_TRUE(file->write_at(0, "hello"));
    ASSERT_TRUE(file->write_at(10, "world"));
    ASSERT_TRUE(file->sync());

    const auto again = *disk.open(at("a"), Access::read);
    char bytes[20];
    EXPECT_EQ(*again->read_at(0, bytes), 15u);
    EXPECT_EQ(std::string(bytes, 15), std::string("hello\0\0\0\0\0world", 15));
    EXPECT_EQ(*again->read_at(13, bytes), 2u);
    EXPECT_EQ(*again->read_at(99, bytes), 0u);
    EXPECT_EQ(*again->size(), 15u);
}

TEST_F(FileTest, AllocatingMakesAFileLongerAndNeverShorter) {
    const auto file = *disk.create(at("a"), FileMode::owner_only);
    ASSERT_TRUE(file->allocate(10'000));
    EXPECT_EQ(*file->size(), 10'000u);
    ASSERT_TRUE(file->allocate(10));
    EXPECT_EQ(*file->size(), 10'000u);
    char byte = 'x';
    EXPECT_EQ(*file->read_at(9'999, std::span(&byte, 1)), 1u);
    EXPECT_EQ(byte, 0);
}

TEST_F(FileTest, AFileThatIsThereIsNotMadeAgain) {
    ASSERT_TRUE(disk.create(at("a"), FileMode::owner_only));
    EXPECT_EQ(disk.create(at("a"), FileMode::owner_only).error().code, Errc::conflict);
}

TEST_F(FileTest, ErrorsHaveThePathAndTheWordsOfTheSystem) {
    const auto opened = disk.open(at("nothing"), Access::read);
    EXPECT_EQ(opened.error().code, Errc::not_found);
    EXPECT_EQ(to_string(opened.error()), at("nothing") + ": can't open: No such file or directory");
    EXPECT_EQ(disk.remove(at("nothing")).error().code, Errc::not_found);
    EXPECT_EQ(disk.rename(at("nothing"), at("b")).error().code, Errc::not_found);
    EXPECT_EQ(disk.list(at("nothing")).error().code, Errc::not_found);
    EXPECT_EQ(disk.open(folder, Access::read_write).error().code, Errc::io);  // A folder.
}

TEST_F(FileTest, ADiskWithoutSpaceIsFull) {
    if (!std::filesystem::exists("/dev/full")) GTEST_SKIP();
    const auto file = *disk.open("/dev/full", Access::read_write);
    const auto written = file->write_at(0, "x");
    EXPECT_EQ(written.error().code, Errc::full);
    EXPECT_EQ(to_string(written.error()), "/dev/full: can't write: No space left on device");
}

TEST_F(FileTest, AFileOpenedForReadingCantBeWritten) {
    ASSERT_TRUE(disk.create(at("a"), FileMode::owner_only));
    EXPECT_EQ((*disk.open(at("a"), Access::read))->write_at(0, "x").error().code, Errc::io);
}

TEST_F(FileTest, ListsRegularFilesByName) {
    ASSERT_TRUE(disk.create(at("b"), FileMode::owner_only));
    ASSERT_TRUE(disk.create(at("a"), FileMode::owner_only));
    ASSERT_TRUE(disk.make_folder(at("folder")));
    EXPECT_EQ(*disk.list(folder), (std::vector<std::string>{"a", "b"}));
}

TEST_F(FileTest, MakesAFolderWithAllAboveIt) {
    ASSERT_TRUE(disk.make_folder(at("x/y/z")));
    EXPECT_TRUE(std::filesystem::is_directory(at("x/y/z")));
    EXPECT_EQ(mode_of(at("x/y/z")), 0700u);
    EXPECT_TRUE(disk.make_folder(at("x/y/z")));
    ASSERT_TRUE(disk.create(at("file"), FileMode::owner_only));
    EXPECT_EQ(disk.make_folder(at("file")).error().code, Errc::conflict);
}

TEST_F(FileTest, ReadsAWholeFileUpToItsLimit) {
    ASSERT_TRUE(write_file_atomically(disk, at("a"), "0123456789", FileMode::owner_only));
    EXPECT_EQ(*read_file(disk, at("a"), 10), "0123456789");
    EXPECT_EQ(read_file(disk, at("a"), 9).error().code, Errc::too_large);
    EXPECT_EQ(read_file(disk, at("none"), 9).error().code, Errc::not_found);
    EXPECT_FALSE(read_file(disk, "/proc/self/stat", 100'000)->empty());  // Says that it has 0 bytes.
}

TEST_F(FileTest, ReplacesAFileWithItsPermissions) {
    ASSERT_TRUE(write_file_atomically(disk, at("key"), "old", FileMode::world_readable));
    ASSERT_TRUE(write_file_atomically(disk, at("key"), "new", FileMode::owner_only));
    EXPECT_EQ(*read_file(disk, at("key"), 100), "new");
    EXPECT_EQ(mode_of(at("key")), 0600u);
    EXPECT_EQ(*disk.list(folder), std::vector<std::string>{"key"});
}

TEST_F(FileTest, ASecondServerOnOneFolderIsRefusedAndToldWhoHasIt) {
    auto first = lock_folder(disk, folder);
    ASSERT_TRUE(first);
    const auto second = lock_folder(disk, folder);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Errc::conflict);
    EXPECT_EQ(second.error().where, folder);
    EXPECT_NE(second.error().detail.find("process " + std::to_string(::getpid())), std::string::npos);
    first->reset();
    EXPECT_TRUE(lock_folder(disk, folder));
}

TEST(Folder, IsThePathWithoutItsLastPart) {
    EXPECT_EQ(folder_of("a/b/c"), "a/b");
    EXPECT_EQ(folder_of("c"), ".");
    EXPECT_EQ(folder_of("/c"), "/");
}

TEST(WriteFileAtomically, LeavesTheOldOrTheNewBytesWhateverCallThePowerFailsIn) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        bool is_done = false;
        for (std::uint64_t call = 1; !is_done; ++call) {
            FaultyDisk disk(seed * 1000 + call);
            disk.put("d/key", "old");
            disk.fail_call(call, Fault::power_failure);
            is_done = write_file_atomically(disk, "d/key", std::string(2000, 'n'), FileMode::owner_only).has_value();
            disk.lose_power();
            const std::string bytes = disk.contents("d/key");
            if (is_done) {
                EXPECT_EQ(bytes, std::string(2000, 'n'));
            } else {
                EXPECT_TRUE(bytes == "old" || bytes == std::string(2000, 'n')) << "call " << call << " seed " << seed;
            }
            // What is left over is no obstacle.
            EXPECT_TRUE(write_file_atomically(disk, "d/key", "third", FileMode::owner_only));
            EXPECT_EQ(disk.contents("d/key"), "third");
            EXPECT_EQ(disk.paths(), std::vector<std::string>{"d/key"});
        }
    }
}

TEST(WriteFileAtomically, KeepsTheOldBytesAndNoLeftoversWhenACallFails) {
    for (const Fault fault : {Fault::no_space, Fault::io_error, Fault::short_write}) {
        FaultyDisk disk;
        disk.put("d/key", "old");
        disk.fail_write(fault);
        EXPECT_FALSE(write_file_atomically(disk, "d/key", "new", FileMode::owner_only));
        EXPECT_EQ(disk.contents("d/key"), "old");
        EXPECT_EQ(disk.paths(), std::vector<std::string>{"d/key"});
    }
}

TEST(FaultyDisk, LosesWhatWasNotSyncedAndKeepsWhatWas) {
    FaultyDisk disk;
    const auto file = *disk.create("d/a", FileMode::owner_only);
    ASSERT_TRUE(file->write_at(0, "synced"));
    ASSERT_TRUE(file->sync());
    ASSERT_TRUE(disk.sync_folder("d"));
    ASSERT_TRUE(file->write_at(0, "NOT"));
    ASSERT_TRUE(disk.create("d/b", FileMode::owner_only));
    EXPECT_EQ(disk.contents("d/a"), "NOTced");
    disk.lose_power(Unsynced::lost);
    EXPECT_EQ(disk.contents("d/a"), "synced");
    EXPECT_EQ(disk.paths(), std::vector<std::string>{"d/a"});
    EXPECT_FALSE(file->sync());  // A file of before.
}

TEST(FaultyDisk, TearsAWriteBetweenSectorsInAnyOrder) {
    bool saw_later_without_earlier = false;
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        FaultyDisk disk(seed);
        disk.put("d/a", std::string(2048, '.'));
        ASSERT_TRUE((*disk.open("d/a", Access::read_write))->write_at(100, std::string(1800, 'x')));
        disk.lose_power();
        const std::string bytes = disk.contents("d/a");
        for (std::size_t sector = 0; sector < 4; ++sector) {
            const auto part = bytes.substr(sector * 512 + 100, 250);
            EXPECT_TRUE(part == std::string(250, '.') || part == std::string(250, 'x'));
        }
        if (bytes[100] == '.' && bytes[1700] == 'x') saw_later_without_earlier = true;
    }
    EXPECT_TRUE(saw_later_without_earlier);
}

TEST(FaultyDisk, AFailedSyncIsNotMadeUpForByALaterOne) {
    FaultyDisk disk;
    disk.put("d/a", "old");
    const auto file = *disk.open("d/a", Access::read_write);
    ASSERT_TRUE(file->write_at(0, "new"));
    disk.fail_sync(Fault::io_error);
    EXPECT_FALSE(file->sync());
    EXPECT_TRUE(file->sync());
    EXPECT_EQ(disk.contents("d/a"), "new");
    disk.lose_power(Unsynced::lost);
    EXPECT_EQ(disk.contents("d/a"), "old");
}

}  // namespace
}  // namespace posthorn::io
