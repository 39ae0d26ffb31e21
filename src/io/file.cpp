#include "io/file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <system_error>
#include <utility>

namespace posthorn::io {
namespace {

Error system_error(int number, const std::string& what, const std::string& path) {
    Errc code = Errc::io;
    if (number == ENOSPC || number == EDQUOT) code = Errc::full;
    if (number == ENOENT) code = Errc::not_found;
    if (number == EEXIST) code = Errc::conflict;
    return fail(code, what + ": " + std::generic_category().message(number), path);
}

/// Owns a file descriptor.
class Descriptor {
public:
    explicit Descriptor(int fd) : fd_(fd) {}
    Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    Descriptor& operator=(Descriptor&&) = delete;
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    int get() const { return fd_; }

private:
    int fd_;
};

/// open(2), again when a signal interrupts it (as it may on network file systems).
int open_again(const std::string& path, int flags, mode_t mode = 0) {
    int fd = -1;
    do {
        fd = ::open(path.c_str(), flags | O_CLOEXEC, mode);
    } while (fd < 0 && errno == EINTR);
    return fd;
}

class PosixFile final : public File {
public:
    PosixFile(Descriptor fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

    Result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) const override {
        std::size_t done = 0;
        while (done < into.size()) {
            const ssize_t n =
                ::pread(fd_.get(), into.data() + done, into.size() - done, static_cast<off_t>(offset + done));
            if (n < 0 && errno == EINTR) continue;
            if (n < 0) return system_error(errno, "can't read", path_);
            if (n == 0) break;
            done += static_cast<std::size_t>(n);
        }
        return done;
    }

    Result<void> write_at(std::uint64_t offset, std::string_view bytes) override {
        while (!bytes.empty()) {
            const ssize_t n = ::pwrite(fd_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
            if (n < 0 && errno == EINTR) continue;
            if (n < 0) return system_error(errno, "can't write", path_);
            // A short write is followed by one that says why.
            bytes.remove_prefix(static_cast<std::size_t>(n));
            offset += static_cast<std::uint64_t>(n);
        }
        return {};
    }

    Result<void> sync() override {
        // Not repeated on any error: only the first fdatasync after a failed write-back reports it.
        if (::fdatasync(fd_.get()) != 0) return system_error(errno, "can't sync", path_);
        return {};
    }

    Result<std::uint64_t> size() const override {
        struct stat found{};
        if (::fstat(fd_.get(), &found) != 0) return system_error(errno, "can't get the size", path_);
        return static_cast<std::uint64_t>(found.st_size);
    }

    Result<void> allocate(std::uint64_t bytes) override {
        int done = 0;
        do {
            done = ::fallocate(fd_.get(), 0, 0, static_cast<off_t>(bytes));
        } while (done != 0 && errno == EINTR);
        if (done == 0) return {};
        if (errno != EOPNOTSUPP) return system_error(errno, "can't reserve space", path_);
        // The file system can't reserve blocks: at least the length is right.
        POSTHORN_TRY(const auto now, size());
        if (now < bytes && ::ftruncate(fd_.get(), static_cast<off_t>(bytes)) != 0)
            return system_error(errno, "can't reserve space", path_);
        return {};
    }

    const std::string& path() const override { return path_; }

private:
    Descriptor fd_;
    std::string path_;
};

class PosixLock final : public FileLock {
public:
    explicit PosixLock(Descriptor fd) : fd_(std::move(fd)) {}

private:
    Descriptor fd_;  // Closing it ends the flock.
};

/// The process id in an open lock file; empty if there is none.
std::string holder_of(int fd) {
    char text[24];
    const ssize_t n = ::pread(fd, text, sizeof text, 0);
    long pid = 0;
    if (n <= 0 || std::from_chars(text, text + n, pid).ec != std::errc() || pid <= 0) return {};
    return std::to_string(pid);
}

class PosixDisk final : public Disk {
public:
    Result<std::unique_ptr<File>> open(const std::string& path, Access access) override {
        Descriptor fd(open_again(path, access == Access::read ? O_RDONLY : O_RDWR));
        if (fd.get() < 0) return system_error(errno, "can't open", path);
        return std::make_unique<PosixFile>(std::move(fd), path);
    }

    Result<std::unique_ptr<File>> create(const std::string& path, FileMode mode) override {
        Descriptor fd(open_again(path, O_RDWR | O_CREAT | O_EXCL, static_cast<mode_t>(mode)));
        if (fd.get() < 0) return system_error(errno, "can't create", path);
        return std::make_unique<PosixFile>(std::move(fd), path);
    }

    Result<void> rename(const std::string& from, const std::string& to) override {
        if (::rename(from.c_str(), to.c_str()) != 0) return system_error(errno, "can't rename to " + to, from);
        return {};
    }

    Result<void> remove(const std::string& path) override {
        if (::unlink(path.c_str()) != 0) return system_error(errno, "can't remove", path);
        return {};
    }

    Result<std::vector<std::string>> list(const std::string& folder) override {
        std::vector<std::string> names;
        std::error_code error;
        std::filesystem::directory_iterator at(folder, error);
        for (; !error && at != std::filesystem::directory_iterator(); at.increment(error)) {
            // A file that vanishes meanwhile just is not listed.
            std::error_code gone;
            if (at->is_regular_file(gone)) names.push_back(at->path().filename().string());
        }
        if (error) return system_error(error.value(), "can't list", folder);
        std::ranges::sort(names);
        return names;
    }

    Result<void> make_folder(const std::string& folder) override {
        if (::mkdir(folder.c_str(), 0700) == 0) return sync_folder(folder_of(folder));
        if (errno == ENOENT && folder_of(folder) != folder) {
            POSTHORN_CHECK(make_folder(folder_of(folder)));
            if (::mkdir(folder.c_str(), 0700) == 0) return sync_folder(folder_of(folder));
        }
        const int number = errno;
        std::error_code ignored;
        if (number == EEXIST && std::filesystem::is_directory(folder, ignored)) return {};
        return system_error(number, "can't make the folder", folder);
    }

    Result<void> sync_folder(const std::string& folder) override {
        Descriptor fd(open_again(folder, O_RDONLY | O_DIRECTORY));
        if (fd.get() < 0) return system_error(errno, "can't open the folder", folder);
        if (::fsync(fd.get()) != 0) return system_error(errno, "can't sync the folder", folder);
        return {};
    }

    Result<std::unique_ptr<FileLock>> lock(const std::string& path) override {
        Descriptor fd(open_again(path, O_RDWR | O_CREAT, 0600));
        if (fd.get() < 0) return system_error(errno, "can't open the lock file", path);
        if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
            if (errno != EWOULDBLOCK) return system_error(errno, "can't lock", path);
            const std::string holder = holder_of(fd.get());
            return fail(Errc::conflict, holder.empty() ? "another process" : "process " + holder, path);
        }
        // The id only serves the message of who comes second, so failing to write it is no reason to stop.
        const std::string pid = std::to_string(::getpid()) + "\n";
        if (::ftruncate(fd.get(), 0) == 0) [[maybe_unused]]
            const auto n = ::pwrite(fd.get(), pid.data(), pid.size(), 0);
        return std::make_unique<PosixLock>(std::move(fd));
    }
};

}  // namespace

Disk& posix_disk() {
    static PosixDisk disk;
    return disk;
}

std::string folder_of(const std::string& path) {
    const auto slash = path.find_last_of('/');
    if (slash == std::string::npos) return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

Result<std::string> read_file(Disk& disk, const std::string& path, std::size_t bytes_max) {
    POSTHORN_TRY(const auto file, disk.open(path, Access::read));
    // One byte more than allowed shows a file that is too large, also where size() says 0 (/proc, pipes).
    POSTHORN_TRY(const auto size, file->size());
    std::string bytes;
    std::size_t wanted = std::min<std::uint64_t>(size, bytes_max) + 1;
    for (;;) {
        const std::size_t had = bytes.size();
        bytes.resize(had + wanted);
        POSTHORN_TRY(const auto n, file->read_at(had, std::span(bytes).subspan(had)));
        bytes.resize(had + n);
        if (bytes.size() > bytes_max)
            return fail(Errc::too_large, "has more than the " + std::to_string(bytes_max) + " bytes allowed", path);
        if (n < wanted) return bytes;
        wanted = std::min<std::size_t>(bytes_max + 1 - bytes.size(), 65'536);
    }
}

Result<void> write_file_atomically(Disk& disk, const std::string& path, std::string_view bytes, FileMode mode) {
    const std::string temporary = path + ".tmp";
    // Left by a crash. It may have been made with other permissions, so it is not written into.
    if (auto removed = disk.remove(temporary); !removed && removed.error().code != Errc::not_found)
        return std::move(removed).error();

    auto written = [&]() -> Result<void> {
        POSTHORN_TRY(const auto file, disk.create(temporary, mode));
        POSTHORN_CHECK(file->write_at(0, bytes));
        POSTHORN_CHECK(file->sync());
        return disk.rename(temporary, path);
    }();
    if (!written) {
        (void)disk.remove(temporary);  // What went wrong first is the news.
        return written;
    }
    return disk.sync_folder(folder_of(path));
}

Result<std::unique_ptr<FileLock>> lock_folder(Disk& disk, const std::string& folder) {
    auto locked = disk.lock(folder + "/lock");
    if (!locked && locked.error().code == Errc::conflict)
        return fail(Errc::conflict,
                    "the data folder is in use by " + locked.error().detail +
                        "; stop that server, or choose another folder with --data",
                    folder);
    return locked;
}

}  // namespace posthorn::io
