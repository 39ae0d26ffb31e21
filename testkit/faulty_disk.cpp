#include "testkit/faulty_disk.h"

#include <algorithm>
#include <set>
#include <utility>

namespace posthorn::testkit {
namespace {

constexpr std::uint64_t kSectorBytes = 512;

Error fault_error(Fault fault, const std::string& path) {
    switch (fault) {
        case Fault::no_space:
        case Fault::short_write: return fail(Errc::full, "No space left on device", path);
        case Fault::io_error:
        case Fault::late_error: return fail(Errc::io, "Input/output error", path);
        case Fault::power_failure: break;
    }
    return fail(Errc::io, "the power is off", path);
}

/// Whether the call does its work although it fails.
bool acts(Fault fault) { return fault == Fault::late_error; }

std::string folder_part(const std::string& path) {
    const auto slash = path.find_last_of('/');
    return slash == std::string::npos ? "." : path.substr(0, slash);
}

}  // namespace

class FaultyFile final : public io::File {
public:
    FaultyFile(FaultyDisk& disk, std::shared_ptr<FaultyDisk::Inode> inode, std::string path, io::Access access)
        : disk_(disk), inode_(std::move(inode)), path_(std::move(path)), access_(access), life_(disk.life_) {}

    Result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) const override {
        std::lock_guard lock(disk_.mutex_);
        if (auto fault = enter(FaultyDisk::Kind::read)) return fault_error(*fault, path_);
        if (offset >= inode_->now.size()) return std::size_t{0};
        return inode_->now.copy(into.data(), into.size(), offset);
    }

    Result<void> write_at(std::uint64_t offset, std::string_view bytes) override {
        std::lock_guard lock(disk_.mutex_);
        const auto fault = enter(FaultyDisk::Kind::write);
        if (access_ == io::Access::read) return fail(Errc::io, "Bad file descriptor", path_);
        if (fault == Fault::short_write) bytes = bytes.substr(0, disk_.short_length(offset, bytes.size()));
        const bool is_dying = fault == Fault::power_failure && life_ == disk_.life_ && !was_off_;
        if (!fault || acts(*fault) || fault == Fault::short_write || is_dying) {
            FaultyDisk::put_bytes(inode_->now, offset, bytes);
            inode_->unsynced.push_back({offset, std::string(bytes)});
        }
        if (fault) return fault_error(*fault, path_);
        return {};
    }

    Result<void> sync() override {
        std::lock_guard lock(disk_.mutex_);
        const auto fault = enter(FaultyDisk::Kind::sync);
        if (fault) {
            // A dying sync may have come to any point; losing power decides that for unsynced writes anyway.
            if (*fault != Fault::power_failure) FaultyDisk::strand(*inode_);
            return fault_error(*fault, path_);
        }
        FaultyDisk::write_back(*inode_);
        if (inode_->durable.size() < inode_->now.size()) inode_->durable.resize(inode_->now.size(), '\0');
        return {};
    }

    Result<std::uint64_t> size() const override {
        std::lock_guard lock(disk_.mutex_);
        if (auto fault = enter(FaultyDisk::Kind::other)) return fault_error(*fault, path_);
        return std::uint64_t{inode_->now.size()};
    }

    Result<void> allocate(std::uint64_t bytes) override {
        std::lock_guard lock(disk_.mutex_);
        const auto fault = enter(FaultyDisk::Kind::other);
        if ((!fault || acts(*fault)) && inode_->now.size() < bytes) inode_->now.resize(bytes, '\0');
        if (fault) return fault_error(*fault, path_);
        return {};
    }

    const std::string& path() const override { return path_; }

private:
    std::optional<Fault> enter(FaultyDisk::Kind kind) const {
        was_off_ = disk_.is_off_;
        auto fault = disk_.enter(kind);
        if (life_ != disk_.life_) return Fault::power_failure;
        return fault;
    }

    FaultyDisk& disk_;
    std::shared_ptr<FaultyDisk::Inode> inode_;
    std::string path_;
    io::Access access_;
    std::uint64_t life_;
    mutable bool was_off_ = false;
};

class FaultyLock final : public io::FileLock {
public:
    FaultyLock(FaultyDisk& disk, std::shared_ptr<FaultyDisk::Inode> inode) : disk_(disk), inode_(std::move(inode)) {}
    ~FaultyLock() override {
        std::lock_guard lock(disk_.mutex_);
        inode_->is_locked = false;
    }

private:
    FaultyDisk& disk_;
    std::shared_ptr<FaultyDisk::Inode> inode_;
};

FaultyDisk::FaultyDisk(std::uint64_t seed) : random_(seed) {}
FaultyDisk::~FaultyDisk() = default;

std::optional<Fault> FaultyDisk::enter(Kind kind) {
    ++calls_;
    if (is_off_) {
        ++faults_;
        return Fault::power_failure;
    }
    std::optional<Fault> fault;
    if (const auto found = planned_calls_.find(calls_); found != planned_calls_.end()) fault = found->second;
    for (auto plan = planned_.begin(); plan != planned_.end();) {
        if (plan->kind != kind || plan->left-- > 0) {
            ++plan;
            continue;
        }
        fault = plan->fault;
        plan = planned_.erase(plan);
    }
    if (fault == Fault::power_failure) is_off_ = true;
    if (fault) ++faults_;
    return fault;
}

void FaultyDisk::change_names(const std::string& folder, std::function<void(Names&)> apply) {
    apply(names_);
    name_changes_.push_back({folder, std::move(apply)});
}

void FaultyDisk::put_bytes(std::string& into, std::uint64_t offset, std::string_view bytes) {
    if (into.size() < offset + bytes.size()) into.resize(offset + bytes.size(), '\0');
    into.replace(offset, bytes.size(), bytes);
}

std::size_t FaultyDisk::short_length(std::uint64_t offset, std::size_t bytes) {
    if (bytes == 0) return 0;
    const std::uint64_t end = (offset + random_() % bytes) / kSectorBytes * kSectorBytes;
    return end > offset ? static_cast<std::size_t>(end - offset) : 0;
}

void FaultyDisk::strand(Inode& inode) {
    std::vector<Write> pieces;
    for (const Write& write : inode.unsynced) {
        const std::uint64_t end = write.offset + write.bytes.size();
        for (std::uint64_t at = write.offset; at < end;) {
            const std::uint64_t next = std::min(end, (at / kSectorBytes + 1) * kSectorBytes);
            pieces.push_back({at, write.bytes.substr(at - write.offset, next - at), true});
            at = next;
        }
    }
    inode.unsynced = std::move(pieces);
}

void FaultyDisk::write_back(Inode& inode) {
    // A sector is written as it is now, and so with what was stranded in it.
    std::set<std::uint64_t> sectors;
    for (const Write& write : inode.unsynced) {
        if (write.is_stranded || write.bytes.empty()) continue;
        const std::uint64_t last = (write.offset + write.bytes.size() - 1) / kSectorBytes;
        for (std::uint64_t sector = write.offset / kSectorBytes; sector <= last; ++sector) sectors.insert(sector);
    }
    for (const std::uint64_t sector : sectors)
        put_bytes(inode.durable, sector * kSectorBytes,
                  std::string_view(inode.now).substr(sector * kSectorBytes, kSectorBytes));
    std::erase_if(inode.unsynced, [&](const Write& write) {
        return !write.is_stranded || sectors.contains(write.offset / kSectorBytes);
    });
}

Result<std::unique_ptr<io::File>> FaultyDisk::open(const std::string& path, io::Access access) {
    std::lock_guard lock(mutex_);
    if (auto fault = enter(Kind::other)) return fault_error(*fault, path);
    const auto found = names_.find(path);
    if (found == names_.end()) return fail(Errc::not_found, "can't open: No such file or directory", path);
    return std::make_unique<FaultyFile>(*this, found->second, path, access);
}

Result<std::unique_ptr<io::File>> FaultyDisk::create(const std::string& path, io::FileMode mode) {
    std::lock_guard lock(mutex_);
    const auto fault = enter(Kind::other);
    if (fault && *fault != Fault::late_error) return fault_error(*fault, path);
    if (names_.contains(path)) return fail(Errc::conflict, "can't create: File exists", path);
    auto inode = std::make_shared<Inode>();
    inode->mode = mode;
    inodes_.push_back(inode);
    change_names(folder_part(path), [path, inode](Names& names) { names[path] = inode; });
    if (fault) return fault_error(*fault, path);
    return std::make_unique<FaultyFile>(*this, inode, path, io::Access::read_write);
}

Result<void> FaultyDisk::rename(const std::string& from, const std::string& to) {
    std::lock_guard lock(mutex_);
    const auto fault = enter(Kind::other);
    if (fault && *fault != Fault::late_error) return fault_error(*fault, from);
    const auto found = names_.find(from);
    if (found == names_.end()) return fail(Errc::not_found, "can't rename: No such file or directory", from);
    const auto inode = found->second;
    change_names(folder_part(to), [from, to, inode](Names& names) {
        names.erase(from);
        names[to] = inode;
    });
    if (fault) return fault_error(*fault, from);
    return {};
}

Result<void> FaultyDisk::remove(const std::string& path) {
    std::lock_guard lock(mutex_);
    const auto fault = enter(Kind::other);
    if (fault && *fault != Fault::late_error) return fault_error(*fault, path);
    if (!names_.contains(path)) return fail(Errc::not_found, "can't remove: No such file or directory", path);
    change_names(folder_part(path), [path](Names& names) { names.erase(path); });
    if (fault) return fault_error(*fault, path);
    return {};
}

Result<std::vector<std::string>> FaultyDisk::list(const std::string& folder) {
    std::lock_guard lock(mutex_);
    if (auto fault = enter(Kind::other)) return fault_error(*fault, folder);
    std::vector<std::string> found;
    for (const auto& [path, inode] : names_)
        if (folder_part(path) == folder) found.push_back(path.substr(folder.size() + 1));
    return found;
}

Result<void> FaultyDisk::make_folder(const std::string& folder) {
    // Folders are not modelled: each is there, and stays.
    std::lock_guard lock(mutex_);
    if (auto fault = enter(Kind::other)) return fault_error(*fault, folder);
    return {};
}

Result<void> FaultyDisk::sync_folder(const std::string& folder) {
    std::lock_guard lock(mutex_);
    if (auto fault = enter(Kind::sync)) return fault_error(*fault, folder);
    std::vector<NameChange> others;
    for (auto& change : name_changes_) {
        if (change.folder == folder) change.apply(durable_names_);
        else others.push_back(std::move(change));
    }
    name_changes_ = std::move(others);
    return {};
}

Result<std::unique_ptr<io::FileLock>> FaultyDisk::lock(const std::string& path) {
    std::lock_guard lock(mutex_);
    if (auto fault = enter(Kind::other)) return fault_error(*fault, path);
    auto& inode = names_[path];
    if (!inode) inode = std::make_shared<Inode>();
    if (inode->is_locked) return fail(Errc::conflict, "another process", path);
    inode->is_locked = true;
    return std::make_unique<FaultyLock>(*this, inode);
}

std::uint64_t FaultyDisk::calls() const {
    std::lock_guard lock(mutex_);
    return calls_;
}

std::uint64_t FaultyDisk::faults() const {
    std::lock_guard lock(mutex_);
    return faults_;
}

void FaultyDisk::fail_call(std::uint64_t call, Fault fault) {
    std::lock_guard lock(mutex_);
    planned_calls_[call] = fault;
}

void FaultyDisk::fail_write(Fault fault, std::uint64_t skip) {
    std::lock_guard lock(mutex_);
    planned_.push_back({Kind::write, skip, fault});
}

void FaultyDisk::fail_sync(Fault fault, std::uint64_t skip) {
    std::lock_guard lock(mutex_);
    planned_.push_back({Kind::sync, skip, fault});
}

bool FaultyDisk::is_off() const {
    std::lock_guard lock(mutex_);
    return is_off_;
}

void FaultyDisk::settle(Inode& inode, Unsynced unsynced) {
    // Each sector ends up as any of its versions: as synced, or after any of the writes since.
    for (const Write& write : inode.unsynced) {
        const std::uint64_t end = write.offset + write.bytes.size();
        for (std::uint64_t at = write.offset; at < end;) {
            const std::uint64_t next = std::min(end, (at / kSectorBytes + 1) * kSectorBytes);
            const bool is_kept = unsynced == Unsynced::kept || (unsynced == Unsynced::random && coin());
            if (is_kept)
                put_bytes(inode.durable, at, std::string_view(write.bytes).substr(at - write.offset, next - at));
            at = next;
        }
    }
    if (unsynced == Unsynced::kept) inode.durable.resize(inode.now.size(), '\0');
    inode.unsynced.clear();
    inode.now = inode.durable;
    inode.is_locked = false;
}

void FaultyDisk::lose_power(Unsynced unsynced) {
    std::lock_guard lock(mutex_);
    std::size_t kept = 0;
    if (unsynced == Unsynced::kept) kept = name_changes_.size();
    if (unsynced == Unsynced::random) kept = random_() % (name_changes_.size() + 1);
    for (std::size_t i = 0; i < kept; ++i) name_changes_[i].apply(durable_names_);
    name_changes_.clear();
    names_ = durable_names_;
    for (const auto& inode : inodes_) settle(*inode, unsynced);
    inodes_.clear();
    for (const auto& [path, inode] : names_) inodes_.push_back(inode);
    planned_.clear();
    planned_calls_.clear();
    is_off_ = false;
    ++life_;
}

void FaultyDisk::flip_bit(const std::string& path, std::uint64_t bit) {
    std::lock_guard lock(mutex_);
    Inode& inode = *names_.at(path);
    for (std::string* bytes : {&inode.now, &inode.durable})
        if (bit / 8 < bytes->size()) (*bytes)[bit / 8] = static_cast<char>((*bytes)[bit / 8] ^ (1 << (bit % 8)));
}

std::string FaultyDisk::contents(const std::string& path) const {
    std::lock_guard lock(mutex_);
    const auto found = names_.find(path);
    return found == names_.end() ? std::string() : found->second->now;
}

void FaultyDisk::put(const std::string& path, std::string bytes) {
    std::lock_guard lock(mutex_);
    auto inode = std::make_shared<Inode>();
    inode->now = bytes;
    inode->durable = std::move(bytes);
    inodes_.push_back(inode);
    names_[path] = inode;
    durable_names_[path] = inode;
}

std::vector<std::string> FaultyDisk::paths() const {
    std::lock_guard lock(mutex_);
    std::vector<std::string> found;
    for (const auto& [path, inode] : names_) found.push_back(path);
    return found;
}

std::optional<io::FileMode> FaultyDisk::mode_of(const std::string& path) const {
    std::lock_guard lock(mutex_);
    const auto found = names_.find(path);
    if (found == names_.end()) return std::nullopt;
    return found->second->mode;
}

}  // namespace posthorn::testkit
