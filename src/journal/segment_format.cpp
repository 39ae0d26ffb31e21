#include "journal/segment_format.h"

#include <cstring>

#include "base/assert.h"
#include "journal/crc32c.h"

namespace posthorn::journal {
namespace {

constexpr std::string_view kSegmentMagic = "PHSEGMNT";
constexpr std::string_view kGroupMagic = "PHGR";
constexpr std::size_t kAlignment = 8;

void store_u32(char* at, std::uint32_t value) {
    for (int i = 0; i < 4; ++i) at[i] = static_cast<char>(value >> (8 * i));
}

void store_u64(char* at, std::uint64_t value) {
    for (int i = 0; i < 8; ++i) at[i] = static_cast<char>(value >> (8 * i));
}

std::uint64_t aligned(std::uint64_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }

GroupHeader load_group_header(std::string_view bytes) {
    GroupHeader header;
    header.first = load_u64(bytes.data() + 16);
    header.count = load_u32(bytes.data() + 24);
    header.bytes = aligned(kGroupHeaderBytes + std::uint64_t{load_u32(bytes.data() + 28)});
    return header;
}

/// Whether `count` records fill `bytes` exactly.
bool records_fill(std::string_view bytes, std::uint32_t count) {
    for (; count > 0; --count) {
        if (bytes.size() < kRecordHeaderBytes) return false;
        const std::size_t length = load_u32(bytes.data());
        if (bytes.size() - kRecordHeaderBytes < length) return false;
        bytes.remove_prefix(kRecordHeaderBytes + length);
    }
    return bytes.empty();
}

}  // namespace

std::uint32_t load_u32(const char* at) {
    std::uint32_t value = 0;
    for (int i = 3; i >= 0; --i) value = value << 8 | static_cast<unsigned char>(at[i]);
    return value;
}

std::uint64_t load_u64(const char* at) { return std::uint64_t{load_u32(at + 4)} << 32 | load_u32(at); }

std::string encode_segment_header(const SegmentHeader& header) {
    std::string bytes(kSegmentHeaderBytes, '\0');
    std::memcpy(bytes.data(), kSegmentMagic.data(), kSegmentMagic.size());
    store_u32(bytes.data() + 12, kFormatVersion);
    store_u64(bytes.data() + 16, header.generation);
    store_u64(bytes.data() + 24, header.first_sequence);
    store_u64(bytes.data() + 32, header.salt);
    store_u64(bytes.data() + 40, header.segment_bytes);
    store_u32(bytes.data() + 8, crc32c(std::string_view(bytes).substr(12)));
    return bytes;
}

Result<std::optional<SegmentHeader>> parse_segment_header(std::string_view bytes) {
    if (bytes.size() < kSegmentHeaderBytes) return fail(Errc::corrupt, "the segment header is cut off");
    bytes = bytes.substr(0, kSegmentHeaderBytes);
    if (bytes.find_first_not_of('\0') == std::string_view::npos) return std::optional<SegmentHeader>();

    if (!bytes.starts_with(kSegmentMagic)) return fail(Errc::corrupt, "this is no segment of a journal");
    if (load_u32(bytes.data() + 8) != crc32c(bytes.substr(12)))
        return fail(Errc::corrupt, "the segment header fails its checksum");
    if (const auto version = load_u32(bytes.data() + 12); version != kFormatVersion)
        return fail(Errc::unsupported, "the journal has format version " + std::to_string(version) +
                                           ", this program knows version " + std::to_string(kFormatVersion) +
                                           "; use the newer Posthorn that wrote it");
    SegmentHeader header;
    header.generation = load_u64(bytes.data() + 16);
    header.first_sequence = load_u64(bytes.data() + 24);
    header.salt = load_u64(bytes.data() + 32);
    header.segment_bytes = load_u64(bytes.data() + 40);
    if (header.generation == 0 || header.first_sequence == 0)
        return fail(Errc::corrupt, "the segment header makes no sense");
    return std::optional(header);
}

std::uint64_t encoded_group_bytes(std::span<const Record> records) {
    std::uint64_t bytes = kGroupHeaderBytes;
    for (const Record& record : records) bytes += kRecordHeaderBytes + record.bytes.size();
    return aligned(bytes);
}

void encode_group(std::uint64_t salt, Sequence first, std::span<const Record> records, std::string& out) {
    POSTHORN_ASSERT(!records.empty());
    const std::uint64_t bytes = encoded_group_bytes(records);
    POSTHORN_ASSERT(bytes <= UINT32_MAX);

    out.clear();
    out.reserve(bytes);
    out.append(kGroupMagic);
    out.append(kGroupHeaderBytes - kGroupMagic.size(), '\0');
    for (const Record& record : records) {
        char head[kRecordHeaderBytes];
        store_u32(head, static_cast<std::uint32_t>(record.bytes.size()));
        head[4] = static_cast<char>(record.kind);
        out.append(head, sizeof head);
        out.append(record.bytes);
    }
    store_u64(out.data() + 8, salt);
    store_u64(out.data() + 16, first);
    store_u32(out.data() + 24, static_cast<std::uint32_t>(records.size()));
    store_u32(out.data() + 28, static_cast<std::uint32_t>(out.size() - kGroupHeaderBytes));
    store_u32(out.data() + 4, crc32c(std::string_view(out).substr(8)));
    out.resize(bytes, '\0');
}

std::optional<GroupHeader> peek_group(std::string_view bytes, std::uint64_t salt) {
    if (bytes.size() < kGroupHeaderBytes) return std::nullopt;
    if (!bytes.starts_with(kGroupMagic)) return std::nullopt;
    if (load_u64(bytes.data() + 8) != salt) return std::nullopt;
    return load_group_header(bytes);
}

std::optional<GroupHeader> peek_damaged_group(std::string_view bytes, std::uint64_t salt, Sequence due) {
    if (bytes.size() < kGroupHeaderBytes) return std::nullopt;
    const GroupHeader header = load_group_header(bytes);
    const int right =
        int{bytes.starts_with(kGroupMagic)} + int{load_u64(bytes.data() + 8) == salt} + int{header.first == due};
    if (right < 2) return std::nullopt;
    return header;
}

std::optional<Group> parse_group(std::string_view bytes, std::uint64_t salt) {
    const auto header = peek_group(bytes, salt);
    if (!header || header->count == 0 || header->first == 0) return std::nullopt;
    if (header->bytes > bytes.size()) return std::nullopt;
    const std::size_t records_bytes = load_u32(bytes.data() + 28);
    if (load_u32(bytes.data() + 4) != crc32c(bytes.substr(8, kGroupHeaderBytes - 8 + records_bytes)))
        return std::nullopt;

    Group group{*header, bytes.substr(kGroupHeaderBytes, records_bytes)};
    // Only a fault of the writer can get here; still nobody should read beyond the group for it.
    if (!records_fill(group.records, group.header.count)) return std::nullopt;
    return group;
}

std::optional<FoundGroup> find_group(std::string_view segment, std::uint64_t offset, std::uint64_t salt,
                                     Sequence least) {
    for (std::uint64_t at = aligned(offset); at + kGroupHeaderBytes <= segment.size(); at += kAlignment) {
        const auto group = parse_group(segment.substr(at), salt);
        if (group && group->header.first >= least) return FoundGroup{at, group->header.first};
    }
    return std::nullopt;
}

}  // namespace posthorn::journal
