#include "journal/journal_log.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/assert.h"
#include "journal/segment_ring.h"

namespace posthorn::journal {
namespace {

constexpr std::uint64_t kSegmentBytesMin = 2 * kGroupsBegin;
// A group's length is stored in 32 bits.
constexpr std::uint64_t kSegmentBytesMax = 1u << 30;
constexpr std::uint64_t kReadBytesMin = 64u << 10;

}  // namespace

JournalLog::JournalLog(std::unique_ptr<Ring> ring) : ring_(std::move(ring)) {}
JournalLog::~JournalLog() = default;

Result<std::unique_ptr<JournalLog>> JournalLog::open(io::Disk& disk, const std::string& folder,
                                                     const LogOptions& options) {
    if (options.segment_bytes < kSegmentBytesMin || options.segment_bytes > kSegmentBytesMax)
        return fail(Errc::invalid,
                    fmt::format("a journal segment must have {} to {} bytes", kSegmentBytesMin, kSegmentBytesMax),
                    folder);
    if (options.segments_max < 2) return fail(Errc::invalid, "the journal needs at least 2 segments", folder);
    auto ring = std::make_unique<Ring>(disk, folder, options);
    POSTHORN_CHECK(ring->recover());
    return std::unique_ptr<JournalLog>(new JournalLog(std::move(ring)));
}

const Recovery& JournalLog::recovery() const { return ring_->recovery(); }
Result<Sequence> JournalLog::append(std::span<const Record> group) { return ring_->append(group); }
Result<void> JournalLog::prepare() { return ring_->prepare(); }
void JournalLog::release(Sequence sequence) { ring_->release(sequence); }
LogReader JournalLog::reader() const { return LogReader(*ring_); }
Sequence JournalLog::durable() const { return ring_->durable(); }
Sequence JournalLog::released() const { return ring_->released(); }
std::uint64_t JournalLog::free_bytes() const { return ring_->free_bytes(); }
bool JournalLog::is_poisoned() const { return ring_->is_poisoned(); }

std::uint64_t JournalLog::ring_bytes() const { return ring_->options().segment_bytes * ring_->options().segments_max; }

std::uint64_t JournalLog::group_bytes_max() const { return ring_->options().segment_bytes - kGroupsBegin; }

std::uint64_t JournalLog::record_bytes_max() const {
    return group_bytes_max() - kGroupHeaderBytes - kRecordHeaderBytes;
}

std::uint64_t JournalLog::group_bytes(std::span<const Record> group) { return encoded_group_bytes(group); }

Result<RecordBatch> LogReader::read(Sequence from, std::size_t bytes_max) {
    RecordBatch batch;
    if (from > ring_->durable()) return batch;
    const auto found = ring_->find(from);
    if (!found) return fail(Errc::not_found, fmt::format("record {} is no longer in the journal", from));
    const Slot& slot = found->slot;

    std::uint64_t at = kGroupsBegin;
    Sequence next = slot.first;
    if (generation_ == slot.generation && next_ == from) {
        at = offset_;
        next = next_;
    } else if (from >= slot.known_sequence) {
        at = slot.known_offset;
        next = slot.known_sequence;
    }

    const auto damaged = [&]() -> Error {
        // What was read may have been overwritten meanwhile, if it was released.
        if (!ring_->holds(slot.generation))
            return fail(Errc::not_found, fmt::format("record {} is no longer in the journal", from));
        return fail(Errc::corrupt, fmt::format("record {} at offset {} is damaged", next, at), slot.file->path());
    };

    std::size_t got = 0;
    while (next <= found->last && (got <= bytes_max || batch.records.empty())) {
        // As many groups at once as may be wanted, but the first one whole however large it is.
        std::uint64_t wanted = std::min(std::max<std::uint64_t>(bytes_max, kReadBytesMin), slot.end - at);
        std::unique_ptr<char[]> chunk;
        std::string_view bytes;
        std::optional<Group> group;
        for (;;) {
            chunk = std::make_unique_for_overwrite<char[]>(wanted);
            POSTHORN_TRY(const auto count, slot.file->read_at(at, std::span(chunk.get(), wanted)));
            bytes = std::string_view(chunk.get(), count);
            const auto head = peek_group(bytes, slot.salt);
            if (!head || head->bytes > slot.end - at) return damaged();
            if (head->bytes <= bytes.size()) break;
            if (wanted >= head->bytes) return damaged();  // The file is shorter than it was.
            wanted = head->bytes;
        }
        bool is_used = false;
        while (next <= found->last && (got <= bytes_max || batch.records.empty())) {
            const auto head = peek_group(bytes, slot.salt);
            if (head && head->bytes > bytes.size() && at + bytes.size() < slot.end)
                break;  // Goes on in the next chunk.
            if (!head && bytes.size() < kGroupHeaderBytes && at + bytes.size() < slot.end) break;
            group = parse_group(bytes, slot.salt);
            if (!group || group->header.first != next) return damaged();
            for_each_record(*group, [&](const StoredRecord& record) {
                if (record.sequence < from) return;
                batch.records.push_back(record);
                got += record.bytes.size();
                is_used = true;
            });
            at += group->header.bytes;
            next = group->last() + 1;
            bytes.remove_prefix(group->header.bytes);
        }
        if (is_used) batch.storage.push_back(std::move(chunk));
    }
    next_ = next;
    generation_ = slot.generation;
    offset_ = at;
    return batch;
}

}  // namespace posthorn::journal
