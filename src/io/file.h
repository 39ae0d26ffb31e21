#pragma once
// Files and folders: the only place with file system calls, and the seam where tests put a faulty disk.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace posthorn::io {

// Errors of everything below: `where` is the path, `detail` says what was tried and the system's words.
//   not_found  the file or folder does not exist
//   conflict   the file exists already (create), or the lock is held (lock)
//   full       no space or quota left
//   io         everything else: permission denied, read-only file system, a failing device

enum class Access { read, read_write };

/// The permissions that a new file gets (before the umask).
enum class FileMode : std::uint32_t { owner_only = 0600, world_readable = 0644 };

/// An open file. Reads may run on any thread while one thread writes; a read that overlaps a write
/// under way may see a mixture of old and new bytes.
class File {
public:
    virtual ~File() = default;

    /// Reads until `into` is full or the file ends; the bytes read, fewer than asked only at the end.
    virtual Result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) const = 0;

    /// Writes all of `bytes`. After an error any part of them may have been written.
    virtual Result<void> write_at(std::uint64_t offset, std::string_view bytes) = 0;

    /// fdatasync: returns once everything written so far survives a power loss. After an error nothing
    /// is known about what was written since the last success, and trying again proves nothing: the
    /// kernel has marked the pages clean ("fsyncgate", PostgreSQL wiki "Fsync Errors").
    virtual Result<void> sync() = 0;

    /// In bytes.
    virtual Result<std::uint64_t> size() const = 0;

    /// Makes the file at least `bytes` long, with its blocks reserved where the file system can; the new
    /// part reads as zeros.
    virtual Result<void> allocate(std::uint64_t bytes) = 0;

    virtual const std::string& path() const = 0;
};

/// Holds a lock until destroyed.
class FileLock {
public:
    virtual ~FileLock() = default;
};

/// The file system. Names of files that were made, renamed or removed are durable only after
/// sync_folder() of their folder. Any thread.
class Disk {
public:
    virtual ~Disk() = default;

    /// An existing file. Errors: not_found, io.
    virtual Result<std::unique_ptr<File>> open(const std::string& path, Access access) = 0;

    /// A new, empty file, open for both. Errors: conflict, full, io.
    virtual Result<std::unique_ptr<File>> create(const std::string& path, FileMode mode) = 0;

    /// Replaces `to` if it exists; at any moment `to` is the old file or the new one.
    virtual Result<void> rename(const std::string& from, const std::string& to) = 0;

    /// Errors: not_found, io.
    virtual Result<void> remove(const std::string& path) = 0;

    /// The names, without the folder, of the regular files in `folder`, sorted.
    virtual Result<std::vector<std::string>> list(const std::string& folder) = 0;

    /// Makes `folder` (0700) and the folders above it that are missing; one that is there is no error.
    virtual Result<void> make_folder(const std::string& folder) = 0;

    virtual Result<void> sync_folder(const std::string& folder) = 0;

    /// Takes an exclusive lock on the file `path`, making it if need be, and writes our process id into
    /// it. The lock ends with the returned object, or with the process however that ends. Errors:
    /// conflict if another process (or this one) holds it; `detail` then has that process's id if known.
    virtual Result<std::unique_ptr<FileLock>> lock(const std::string& path) = 0;
};

/// The real file system; it has no state.
Disk& posix_disk();

/// The whole file. Errors: too_large when it has more than `bytes_max` bytes, not_found, io.
Result<std::string> read_file(Disk& disk, const std::string& path, std::size_t bytes_max);

/// Puts `bytes` in the place of whatever `path` held: after a crash it holds the old bytes or the new
/// ones, and once this returns the new ones, durably. Goes through `path`.tmp.
Result<void> write_file_atomically(Disk& disk, const std::string& path, std::string_view bytes, FileMode mode);

/// Locks {folder}/lock, so that two servers never use one data folder. Errors: conflict, with a sentence
/// that names the folder and, if known, the process that holds it.
Result<std::unique_ptr<FileLock>> lock_folder(Disk& disk, const std::string& folder);

/// The folder part of a path: "a/b" of "a/b/c", "." of "c", "/" of "/c".
std::string folder_of(const std::string& path);

}  // namespace posthorn::io
