#pragma once
// A disk in memory that loses power, fails calls and flips bits, as a seed says.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "io/file.h"

namespace posthorn::testkit {

/// What a call that is made to fail does.
enum class Fault {
    no_space,       ///< Nothing happens; Errc::full.
    io_error,       ///< Nothing happens; Errc::io. A sync then leaves its pages clean but not on the disk.
    short_write,    ///< A write does whole sectors of its work, as space ends by the block, then fails with
                    ///< Errc::full. Other calls: as no_space.
    late_error,     ///< The call does all its work, then fails with Errc::io. A sync: as io_error.
    power_failure,  ///< The call does its work as far as the seed says, and from then on every call fails.
};

/// What becomes of writes and names that were not synced when the power fails.
enum class Unsynced {
    random,   ///< Each sector and each name as the seed says: lost or kept, whatever the order.
    lost,
    kept,
};

/// Sectors of 512 bytes are atomic; what lies between two syncs is not ordered. Names (made, renamed,
/// removed) are durable after the folder's sync; before that a power loss keeps the first n of them.
/// A sync that failed has marked its pages clean: a later sync does not write them, only a new write
/// does, though reads go on showing them until the power is lost. Any thread.
class FaultyDisk final : public io::Disk {
public:
    explicit FaultyDisk(std::uint64_t seed = 0);
    ~FaultyDisk() override;

    Result<std::unique_ptr<io::File>> open(const std::string& path, io::Access access) override;
    Result<std::unique_ptr<io::File>> create(const std::string& path, io::FileMode mode) override;
    Result<void> rename(const std::string& from, const std::string& to) override;
    Result<void> remove(const std::string& path) override;
    Result<std::vector<std::string>> list(const std::string& folder) override;
    Result<void> make_folder(const std::string& folder) override;
    Result<void> sync_folder(const std::string& folder) override;
    Result<std::unique_ptr<io::FileLock>> lock(const std::string& path) override;

    /// The calls made so far, of the disk and of its files, reads included.
    std::uint64_t calls() const;
    /// The calls that failed so far.
    std::uint64_t faults() const;
    /// Call number `call` (from 1) will fail, once.
    void fail_call(std::uint64_t call, Fault fault);
    /// As fail_call, for the next call that writes (syncs) a file, `skip` of them left out.
    void fail_write(Fault fault, std::uint64_t skip = 0);
    void fail_sync(Fault fault, std::uint64_t skip = 0);
    bool is_off() const;

    /// Power loss and restart: what was not synced is decided, files that are open go on failing, planned
    /// faults are forgotten.
    void lose_power(Unsynced unsynced = Unsynced::random);

    /// Changes one bit, on the disk and in what is read, as if it had always been so.
    void flip_bit(const std::string& path, std::uint64_t bit);
    /// The bytes that a read would give now; empty for a file that is not there.
    std::string contents(const std::string& path) const;
    /// Puts a whole file in place, durably.
    void put(const std::string& path, std::string bytes);
    /// The paths of all files.
    std::vector<std::string> paths() const;
    /// The mode the file was made with.
    std::optional<io::FileMode> mode_of(const std::string& path) const;

private:
    friend class FaultyFile;
    friend class FaultyLock;
    struct Write {
        std::uint64_t offset = 0;
        std::string bytes;
        bool is_stranded = false;  // By a failed sync: no later sync writes it.
    };
    struct Inode {
        std::string now;      // What reads show.
        std::string durable;  // What is on the disk.
        std::vector<Write> unsynced;
        io::FileMode mode = io::FileMode::owner_only;
        bool is_locked = false;
    };
    using Names = std::map<std::string, std::shared_ptr<Inode>>;
    struct NameChange {
        std::string folder;
        std::function<void(Names&)> apply;
    };
    enum class Kind { read, write, sync, other };
    struct Planned {
        Kind kind;
        std::uint64_t left;  // Calls of that kind before it.
        Fault fault;
    };

    /// Counts the call; the fault that it meets, if any. With the power off: power_failure.
    std::optional<Fault> enter(Kind kind);
    void change_names(const std::string& folder, std::function<void(Names&)> apply);
    void settle(Inode& inode, Unsynced unsynced);
    std::size_t short_length(std::uint64_t offset, std::size_t bytes);
    static void strand(Inode& inode);
    static void write_back(Inode& inode);
    static void put_bytes(std::string& into, std::uint64_t offset, std::string_view bytes);
    bool coin() { return (random_() & 1) != 0; }

    mutable std::mutex mutex_;
    std::mt19937_64 random_;
    Names names_;
    Names durable_names_;
    std::vector<NameChange> name_changes_;
    std::vector<std::shared_ptr<Inode>> inodes_;
    std::uint64_t calls_ = 0;
    std::uint64_t faults_ = 0;
    std::map<std::uint64_t, Fault> planned_calls_;
    std::vector<Planned> planned_;
    bool is_off_ = false;
    std::uint64_t life_ = 0;  // Counts power losses: files of an earlier life are dead.
};

}  // namespace posthorn::testkit
