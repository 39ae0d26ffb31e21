#include "journal/segment_ring.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/assert.h"

namespace posthorn::journal {
namespace {

constexpr std::uint64_t kZeroBytesAtOnce = 1u << 20;
// A buffer that one large group has grown beyond this is given back.
constexpr std::size_t kBufferBytesKept = 1u << 20;

}  // namespace

JournalLog::Ring::Ring(io::Disk& disk, std::string folder, LogOptions options)
    : disk_(disk), folder_(std::move(folder)), options_(std::move(options)) {}

std::string JournalLog::Ring::path_of(std::uint32_t number) const {
    return fmt::format("{}/segment-{:04}", folder_, number);
}

Sequence JournalLog::Ring::durable() const {
    std::lock_guard lock(mutex_);
    return durable_;
}

Sequence JournalLog::Ring::released() const {
    std::lock_guard lock(mutex_);
    return released_;
}

void JournalLog::Ring::release(Sequence sequence) {
    std::lock_guard lock(mutex_);
    POSTHORN_ASSERT(sequence <= durable_);
    released_ = std::max(released_, sequence);
}

bool JournalLog::Ring::can_recycle(std::size_t index) const {
    if (slots_[index].generation == 0) return false;
    if (index + 1 == slots_.size()) return false;  // The newest one is never recycled.
    return slots_[index + 1].first <= released() + 1;
}

std::uint64_t JournalLog::Ring::free_bytes() const {
    std::lock_guard lock(mutex_);
    std::uint64_t bytes = 0;
    std::size_t segments = 0;
    if (slots_.size() < options_.segments_max) segments = options_.segments_max - slots_.size();
    for (std::size_t i = 0; i < slots_.size(); ++i) {
        const bool is_unused = slots_[i].generation == 0;
        if (!is_unused && i + 1 == slots_.size()) bytes += slots_[i].file_bytes - slots_[i].end;
        else if (is_unused || slots_[i + 1].first <= released_ + 1) ++segments;
    }
    return bytes + segments * usable_bytes();
}

Error JournalLog::Ring::poison(const Error& cause) {
    poisoned_.store(true, std::memory_order_relaxed);
    return fail(Errc::broken, cause.detail + "; what the disk holds is unknown, the process must end and recover",
                cause.where);
}

Result<Sequence> JournalLog::Ring::append(std::span<const Record> group) {
    POSTHORN_ASSERT(!group.empty());
    if (is_poisoned()) return fail(Errc::broken, "an earlier sync failed; the process must end", folder_);
    const std::uint64_t bytes = encoded_group_bytes(group);
    if (bytes > usable_bytes())
        return fail(Errc::too_large, fmt::format("{} bytes do not fit a segment of the journal", bytes), folder_);

    const bool has_current = !slots_.empty() && slots_.back().generation != 0;
    if (!has_current || current_is_closed_ || slots_.back().end + bytes > slots_.back().file_bytes)
        POSTHORN_CHECK(begin_segment());

    Slot& slot = slots_.back();
    encode_group(slot.salt, next_, group, buffer_);
    auto written = slot.file->write_at(slot.end, buffer_);
    if (buffer_.capacity() > kBufferBytesKept) buffer_ = {};
    if (!written) {
        // So that a refused group, if it did arrive whole, is not found by a recovery. If this fails too,
        // the next group overwrites it.
        (void)slot.file->write_at(slot.end, std::string(kGroupHeaderBytes, '\0'));
        return std::move(written).error();
    }
    if (auto synced = slot.file->sync(); !synced) return poison(synced.error());

    std::lock_guard lock(mutex_);
    slot.end += bytes;
    next_ += group.size();
    durable_ = next_ - 1;
    return durable_;
}

Result<void> JournalLog::Ring::begin_segment() {
    const bool has_current = !slots_.empty() && slots_.back().generation != 0;
    const std::uint64_t generation = has_current ? slots_.back().generation + 1 : 1;
    POSTHORN_TRY(const std::size_t index, take_slot());
    // A header whose write fails may still reach the disk. From here on no group may go into the segment
    // before it, or that would reach beyond the first sequence in this header.
    current_is_closed_ = true;

    Slot slot;
    {
        std::lock_guard lock(mutex_);
        slots_[index].generation = 0;  // No reader may begin with what is about to be overwritten.
        slot = slots_[index];
    }
    slot.generation = generation;
    slot.first = next_;
    slot.salt = options_.random();
    slot.end = kGroupsBegin;
    slot.known_sequence = next_;
    slot.known_offset = kGroupsBegin;
    const SegmentHeader header{generation, next_, slot.salt, slot.file_bytes};
    POSTHORN_CHECK(slot.file->write_at(0, encode_segment_header(header)));
    // Apart from the first group's sync, so that a group never lies behind a header that did not arrive.
    if (auto synced = slot.file->sync(); !synced) return poison(synced.error());

    std::lock_guard lock(mutex_);
    slots_.erase(slots_.begin() + static_cast<std::ptrdiff_t>(index));
    slots_.push_back(std::move(slot));
    current_is_closed_ = false;
    return {};
}

Result<std::size_t> JournalLog::Ring::take_slot() {
    for (;;) {
        const auto oldest = std::ranges::find_if(slots_, [](const Slot& slot) { return slot.generation != 0; });
        const auto index = static_cast<std::size_t>(oldest - slots_.begin());
        // The last one of the free slots: also the one whose header a failed try may have half written, for
        // with another slot there would be two of one generation.
        if (index > 0) return index - 1;
        if (index == slots_.size() || !can_recycle(index)) {
            if (slots_.size() < options_.segments_max) return make_slot();
            return fail(
                Errc::full,
                fmt::format("the journal's {} segments hold records that the state has not applied", slots_.size()),
                folder_);
        }
        if (oldest->file_bytes == options_.segment_bytes && slots_.size() <= options_.segments_max) return index;
        POSTHORN_CHECK(remove_slot(index));  // Of another size, or too many, since the options changed.
    }
}

Result<void> JournalLog::Ring::remove_slot(std::size_t index) {
    POSTHORN_CHECK(disk_.remove(slots_[index].file->path()));
    std::lock_guard lock(mutex_);
    slots_.erase(slots_.begin() + static_cast<std::ptrdiff_t>(index));
    return {};
}

Result<std::size_t> JournalLog::Ring::make_slot() {
    std::uint32_t number = 0;
    while (std::ranges::any_of(slots_, [&](const Slot& slot) { return slot.number == number; })) ++number;
    const std::string path = path_of(number);
    const std::string temporary = path + ".new";
    if (auto removed = disk_.remove(temporary); !removed && removed.error().code != Errc::not_found)
        return std::move(removed).error();

    auto made = [&]() -> Result<void> {
        POSTHORN_TRY(const auto file, disk_.create(temporary, io::FileMode::owner_only));
        POSTHORN_CHECK(file->allocate(options_.segment_bytes));
        // Blocks that are only reserved are marked unwritten, and the sync of each first write to one would
        // have to change that mark.
        const std::string zeros(std::min(kZeroBytesAtOnce, options_.segment_bytes), '\0');
        for (std::uint64_t at = 0; at < options_.segment_bytes; at += zeros.size()) {
            const auto count = std::min<std::uint64_t>(zeros.size(), options_.segment_bytes - at);
            POSTHORN_CHECK(file->write_at(at, std::string_view(zeros).substr(0, count)));
        }
        POSTHORN_CHECK(file->sync());
        POSTHORN_CHECK(disk_.rename(temporary, path));
        return disk_.sync_folder(folder_);
    }();
    if (!made) {
        (void)disk_.remove(temporary);  // Gives the space back; if it can't, the next try or start does.
        return std::move(made).error();
    }

    // Opened anew so that messages name the file as it is called now.
    POSTHORN_TRY(auto file, disk_.open(path, io::Access::read_write));
    Slot slot;
    slot.number = number;
    slot.file = std::move(file);
    slot.file_bytes = options_.segment_bytes;
    std::lock_guard lock(mutex_);
    slots_.insert(slots_.begin(), std::move(slot));
    return std::size_t{0};
}

Result<void> JournalLog::Ring::prepare() {
    if (is_poisoned() || slots_.size() >= options_.segments_max) return {};
    if (slots_.front().generation == 0 || can_recycle(0)) return {};
    const Slot& current = slots_.back();
    if (current.end - kGroupsBegin < (current.file_bytes - kGroupsBegin) / 2) return {};
    auto made = make_slot();
    if (!made) return std::move(made).error();
    return {};
}

std::optional<JournalLog::Ring::Readable> JournalLog::Ring::find(Sequence sequence) const {
    std::lock_guard lock(mutex_);
    Sequence last = durable_;
    for (auto slot = slots_.rbegin(); slot != slots_.rend() && slot->generation != 0; ++slot) {
        if (slot->first <= sequence) return Readable{*slot, last};
        last = slot->first - 1;
    }
    return std::nullopt;
}

bool JournalLog::Ring::holds(std::uint64_t generation) const {
    std::lock_guard lock(mutex_);
    return std::ranges::any_of(slots_, [&](const Slot& slot) { return slot.generation == generation; });
}

}  // namespace posthorn::journal
