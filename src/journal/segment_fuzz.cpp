// A segment file of any bytes: read as recovery reads it, and opened as the only segment of a log.

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "journal/crc32c.h"
#include "journal/journal_log.h"
#include "journal/segment_format.h"

namespace {

using namespace posthorn;
using namespace posthorn::journal;

/// Files in memory, without faults: fuzz targets link no testkit.
class MemoryDisk final : public io::Disk {
public:
    using Bytes = std::shared_ptr<std::string>;

    Result<std::unique_ptr<io::File>> open(const std::string& path, io::Access) override {
        if (!files.contains(path)) return fail(Errc::not_found, "is not there", path);
        return std::make_unique<MemoryFile>(path, files[path]);
    }
    Result<std::unique_ptr<io::File>> create(const std::string& path, io::FileMode) override {
        files[path] = std::make_shared<std::string>();
        return std::make_unique<MemoryFile>(path, files[path]);
    }
    Result<void> rename(const std::string& from, const std::string& to) override {
        files[to] = files[from];
        return remove(from);
    }
    Result<void> remove(const std::string& path) override {
        if (files.erase(path) == 0) return fail(Errc::not_found, "is not there", path);
        return {};
    }
    Result<std::vector<std::string>> list(const std::string& folder) override {
        std::vector<std::string> names;
        for (const auto& [path, bytes] : files) names.push_back(path.substr(folder.size() + 1));
        return names;
    }
    Result<void> make_folder(const std::string&) override { return {}; }
    Result<void> sync_folder(const std::string&) override { return {}; }
    Result<std::unique_ptr<io::FileLock>> lock(const std::string& path) override {
        return fail(Errc::conflict, "not here", path);
    }

    std::map<std::string, Bytes> files;

private:
    class MemoryFile final : public io::File {
    public:
        MemoryFile(std::string path, Bytes bytes) : path_(std::move(path)), bytes_(std::move(bytes)) {}
        Result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) const override {
            if (offset >= bytes_->size()) return std::size_t{0};
            return bytes_->copy(into.data(), into.size(), offset);
        }
        Result<void> write_at(std::uint64_t offset, std::string_view bytes) override {
            bytes_->resize(std::max<std::size_t>(bytes_->size(), offset + bytes.size()));
            bytes_->replace(offset, bytes.size(), bytes);
            return {};
        }
        Result<void> sync() override { return {}; }
        Result<std::uint64_t> size() const override { return std::uint64_t{bytes_->size()}; }
        Result<void> allocate(std::uint64_t bytes) override {
            bytes_->resize(std::max<std::size_t>(bytes_->size(), bytes));
            return {};
        }
        const std::string& path() const override { return path_; }

    private:
        std::string path_;
        Bytes bytes_;
    };
};

void put_u32(std::string& bytes, std::size_t at, std::uint32_t value) {
    for (std::size_t i = 0; i < 4; ++i) bytes[at + i] = static_cast<char>(value >> (8 * i));
}

/// Sums up the records, so that each of their bytes is looked at.
std::size_t touch(const Group& group) {
    std::size_t sum = 0;
    std::uint32_t count = 0;
    for_each_record(group, [&](const StoredRecord& record) {
        POSTHORN_ASSERT(record.sequence == group.header.first + count);
        ++count;
        for (const char c : record.bytes) sum += static_cast<unsigned char>(c);
    });
    POSTHORN_ASSERT(count == group.header.count);
    return sum;
}

/// The input as a group: as it is, then with a checksum made right, to get at what lies behind that.
void read_group(std::string bytes) {
    if (bytes.size() < kGroupHeaderBytes) return;
    const std::uint64_t salt = load_u64(bytes.data() + 8);
    if (const auto group = parse_group(bytes, salt)) touch(*group);
    (void)find_group(bytes, 0, salt, 1);

    const std::size_t records = load_u32(bytes.data() + 28);
    if (records > bytes.size() - kGroupHeaderBytes) return;
    put_u32(bytes, 4, crc32c(std::string_view(bytes).substr(8, kGroupHeaderBytes - 8 + records)));
    const auto group = parse_group(bytes, salt);
    if (!group) return;
    touch(*group);
    // Printing what was parsed gives the same bytes, padding aside.
    std::vector<Record> again;
    for_each_record(*group,
                    [&](const StoredRecord& record) { again.push_back({record.kind, std::string(record.bytes)}); });
    std::string printed;
    encode_group(salt, group->header.first, again, printed);
    POSTHORN_ASSERT(std::memcmp(printed.data(), bytes.data(), kGroupHeaderBytes + records) == 0);
}

/// The input as a segment whose header is right but for what the input says, groups included.
void open_log(const std::string& input) {
    constexpr std::size_t kBytes = 8192;
    std::string bytes = encode_segment_header({1, 1, 77, kBytes});
    bytes.resize(kGroupsBegin, '\0');
    bytes += input.substr(0, kBytes - kGroupsBegin);
    bytes.resize(kBytes, '\0');
    MemoryDisk disk;
    disk.files["j/segment-0000"] = std::make_shared<std::string>(std::move(bytes));
    LogOptions options;
    options.segment_bytes = kBytes;
    options.random = [] { return std::uint64_t{78}; };
    auto log = JournalLog::open(disk, "j", options);
    if (!log) return;
    // What a log takes for its records it can read back, and it can go on behind them.
    const Sequence last = (*log)->durable();
    LogReader reader = (*log)->reader();
    for (Sequence next = 1; next <= last;) {
        const auto batch = reader.read(next, 100);
        POSTHORN_ASSERT(batch.has_value());
        next += batch->records.size();
    }
    const std::vector<Record> group{{1, "next"}};
    const auto appended = (*log)->append(group);
    POSTHORN_ASSERT(appended.has_value());
    POSTHORN_ASSERT(*appended == last + 1);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string input(reinterpret_cast<const char*>(data), size);
    (void)parse_segment_header(input);
    read_group(input);
    open_log(input);
    return 0;
}
