#pragma once
// The bytes of a segment file; docs/formats/journal.md is the specification.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "journal/record.h"

namespace posthorn::journal {

inline constexpr std::uint32_t kFormatVersion = 1;
inline constexpr std::size_t kSegmentHeaderBytes = 64;
inline constexpr std::uint64_t kGroupsBegin = 4096;
inline constexpr std::size_t kGroupHeaderBytes = 32;
inline constexpr std::size_t kRecordHeaderBytes = 5;

struct SegmentHeader {
    std::uint64_t generation = 0;
    Sequence first_sequence = 0;
    std::uint64_t salt = 0;
    std::uint64_t segment_bytes = 0;
    bool operator==(const SegmentHeader&) const = default;
};

/// 64 bytes.
std::string encode_segment_header(const SegmentHeader& header);

/// Reads the first 64 bytes of a slot; nothing if it was never used. Errors: corrupt; unsupported for a
/// newer version.
Result<std::optional<SegmentHeader>> parse_segment_header(std::string_view bytes);

/// What the records take in a segment, padding included.
std::uint64_t encoded_group_bytes(std::span<const Record> records);

/// Puts the group into `out`, in place of what was there.
void encode_group(std::uint64_t salt, Sequence first, std::span<const Record> records, std::string& out);

/// The head of a group, not checked for more than magic, salt and length.
struct GroupHeader {
    Sequence first = 0;
    std::uint32_t count = 0;
    std::uint64_t bytes = 0;  ///< Of the whole group, padding included.
};

/// Nothing if `bytes` (at least 32) does not begin with a group of this segment.
std::optional<GroupHeader> peek_group(std::string_view bytes, std::uint64_t salt);

/// The same for what may be the damaged group that begins with `due`: two of magic, salt and sequence have
/// to be right. Its length may be anything.
std::optional<GroupHeader> peek_damaged_group(std::string_view bytes, std::uint64_t salt, Sequence due);

/// A whole, valid group. Its records lie in the bytes it was parsed from.
struct Group {
    GroupHeader header;
    std::string_view records;
    Sequence last() const { return header.first + header.count - 1; }
};

/// The group at the beginning of `bytes`; nothing if it is not whole or not valid.
std::optional<Group> parse_group(std::string_view bytes, std::uint64_t salt);

/// Goes over the records of a group: calls `visit(StoredRecord)` for each.
template <class Visit>
void for_each_record(const Group& group, Visit&& visit);

struct FoundGroup {
    std::uint64_t offset = 0;
    Sequence first = 0;
};

/// The first valid group in `segment` at or behind `offset` whose first sequence is at least `least`.
std::optional<FoundGroup> find_group(std::string_view segment, std::uint64_t offset, std::uint64_t salt,
                                     Sequence least);

/// Little-endian numbers.
std::uint32_t load_u32(const char* at);
std::uint64_t load_u64(const char* at);

template <class Visit>
void for_each_record(const Group& group, Visit&& visit) {
    std::string_view left = group.records;
    for (Sequence sequence = group.header.first; !left.empty(); ++sequence) {
        const std::size_t length = load_u32(left.data());
        visit(StoredRecord{sequence, static_cast<std::uint8_t>(left[4]), left.substr(kRecordHeaderBytes, length)});
        left.remove_prefix(kRecordHeaderBytes + length);
    }
}

}  // namespace posthorn::journal
