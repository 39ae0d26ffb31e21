// How a ring finds its last whole group at start; docs/formats/journal.md, "Recovery", has the steps.

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "base/assert.h"
#include "journal/segment_ring.h"

namespace posthorn::journal {
namespace {

constexpr std::string_view kPrefix = "segment-";

/// The number in a slot's file name; nothing if it is no slot's.
std::optional<std::uint32_t> slot_number(std::string_view name) {
    if (!name.starts_with(kPrefix)) return std::nullopt;
    name.remove_prefix(kPrefix.size());
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (error != std::errc() || end != name.data() + name.size()) return std::nullopt;
    return number;
}

/// Reads from `offset` to the end of the file, into the same place of a string of the file's length.
Result<std::string> read_segment(const Slot& slot, std::uint64_t offset) {
    std::string bytes(slot.file_bytes, '\0');
    POSTHORN_TRY(const auto count, slot.file->read_at(offset, std::span(bytes).subspan(offset)));
    if (count != bytes.size() - offset) return fail(Errc::corrupt, "the segment is cut off", slot.file->path());
    return bytes;
}

}  // namespace

Result<void> JournalLog::Ring::recover() {
    POSTHORN_CHECK(disk_.make_folder(folder_));
    POSTHORN_CHECK(read_headers());
    POSTHORN_CHECK(check_generations());
    released_ = options_.applied;

    const auto oldest = std::ranges::find_if(slots_, [](const Slot& slot) { return slot.generation != 0; });
    if (oldest == slots_.end()) {
        // Made now, so that a folder that can't be written to shows at start.
        if (slots_.empty()) {
            auto made = make_slot();
            if (!made) return std::move(made).error();
        }
        return {};
    }
    recovery_.first_sequence = oldest->first;
    for (std::size_t i = 0; i < slots_.size(); ++i) {
        const bool is_newest = i + 1 == slots_.size();
        if (slots_[i].generation == 0) continue;
        if (!is_newest && slots_[i + 1].first <= options_.applied + 1) continue;
        POSTHORN_CHECK(check_groups(i));
    }
    POSTHORN_CHECK(rewrite_last());
    durable_ = next_ - 1;
    recovery_.next_sequence = next_;
    recovery_.records = durable_ - options_.applied;
    return {};
}

Result<void> JournalLog::Ring::read_headers() {
    POSTHORN_TRY(const auto names, disk_.list(folder_));
    std::vector<std::string> wrong_size;
    for (const std::string& name : names) {
        const auto number = slot_number(name);
        if (!number) continue;
        Slot slot;
        slot.number = *number;
        POSTHORN_TRY(slot.file, disk_.open(folder_ + "/" + name, io::Access::read_write));
        POSTHORN_TRY(slot.file_bytes, slot.file->size());
        std::string bytes(kSegmentHeaderBytes, '\0');
        POSTHORN_TRY(const auto count, slot.file->read_at(0, bytes));
        auto header = parse_segment_header(std::string_view(bytes).substr(0, count));
        if (!header) return fail(header.error().code, header.error().detail, slot.file->path());

        if (!header->has_value()) {
            if (slot.file_bytes != options_.segment_bytes) {
                wrong_size.push_back(slot.file->path());
                continue;
            }
        } else {
            if ((*header)->segment_bytes != slot.file_bytes)
                return fail(Errc::corrupt,
                            fmt::format("the segment has {} bytes, its header says {}", slot.file_bytes,
                                        (*header)->segment_bytes),
                            slot.file->path());
            slot.generation = (*header)->generation;
            slot.first = (*header)->first_sequence;
            slot.salt = (*header)->salt;
            slot.end = slot.file_bytes;
            slot.known_sequence = slot.first;
            slot.known_offset = kGroupsBegin;
        }
        slots_.push_back(std::move(slot));
    }
    std::ranges::stable_sort(slots_, {}, &Slot::generation);

    // Only now that nothing was refused is anything changed: what a crash left, and unused files of
    // another size than the options ask for.
    for (const std::string& path : wrong_size) POSTHORN_CHECK(disk_.remove(path));
    for (const std::string& name : names) {
        if (name.starts_with(kPrefix) && name.ends_with(".new")) POSTHORN_CHECK(disk_.remove(folder_ + "/" + name));
    }
    // Whoever made a segment may have died before it synced the folder, and then its name is not durable.
    return disk_.sync_folder(folder_);
}

Result<void> JournalLog::Ring::check_generations() const {
    const Slot* before = nullptr;
    for (const Slot& slot : slots_) {
        if (slot.generation == 0) continue;
        if (before == nullptr && slot.first > options_.applied + 1)
            return fail(Errc::corrupt,
                        fmt::format("the journal begins with record {}, but the state has applied only "
                                    "{}: the records between them are missing",
                                    slot.first, options_.applied),
                        folder_);
        if (before != nullptr && (slot.generation != before->generation + 1 || slot.first < before->first)) {
            if (slot.first <= options_.applied + 1 && slot.generation > before->generation) {
                before = &slot;  // The gap is among what is applied.
                continue;
            }
            return fail(Errc::corrupt,
                        fmt::format("segment {} (from record {}) is followed by segment {} (from record "
                                    "{}): what was between them is missing",
                                    before->generation, before->first, slot.generation, slot.first),
                        slot.file->path());
        }
        before = &slot;
    }
    if (before == nullptr && options_.applied > 0)
        return fail(Errc::corrupt,
                    fmt::format("the journal is empty, but the state has applied record {}: put back the "
                                "journal folder that belongs to this store",
                                options_.applied),
                    folder_);
    return {};
}

Result<void> JournalLog::Ring::check_groups(std::size_t index) {
    Slot& slot = slots_[index];
    const bool is_newest = index + 1 == slots_.size();
    const Sequence behind = is_newest ? 0 : slots_[index + 1].first;
    POSTHORN_TRY(const std::string bytes, read_segment(slot, kGroupsBegin));

    std::uint64_t at = kGroupsBegin;
    Sequence next = slot.first;
    std::string_view last;
    while (is_newest || next < behind) {
        const auto group = parse_group(std::string_view(bytes).substr(at), slot.salt);
        if (group && group->header.first == next) {
            if (next <= options_.applied + 1) {
                slot.known_sequence = next;
                slot.known_offset = at;
            }
            last = std::string_view(bytes).substr(at, group->header.bytes);
            at += group->header.bytes;
            next = group->last() + 1;
            continue;
        }
        // Damage among what is applied: go on behind it, if what is not applied follows there.
        if (next <= options_.applied) {
            const auto found = find_group(bytes, at, slot.salt, next);
            if (found && found->first <= options_.applied + 1) {
                at = found->offset;
                next = found->first;
                continue;
            }
        }
        if (!is_newest)
            return fail(Errc::corrupt, fmt::format("record {} at offset {} is damaged", next, at), slot.file->path());
        POSTHORN_CHECK(check_tail(slot, bytes, at, next));
        break;
    }
    if (!is_newest && next != behind)
        return fail(Errc::corrupt,
                    fmt::format("the segment ends before record {}, the next one begins with {}", next, behind),
                    slot.file->path());
    slot.end = at;
    next_ = next;
    if (is_newest) last_group_ = last;
    return {};
}

Result<void> JournalLog::Ring::check_tail(Slot& slot, const std::string& bytes, std::uint64_t end, Sequence next) {
    if (const auto found = find_group(bytes, end, slot.salt, next))
        return fail(Errc::corrupt,
                    fmt::format("record {} at offset {} is damaged; record {} follows at offset {}", next, end,
                                found->first, found->offset),
                    slot.file->path());
    if (next <= options_.applied)
        return fail(Errc::corrupt,
                    fmt::format("record {} at offset {} is damaged or missing, but the state has applied "
                                "records up to {}",
                                next, end, options_.applied),
                    slot.file->path());
    const auto rest = std::string_view(bytes).substr(end);
    if (const auto torn = peek_damaged_group(rest, slot.salt, next)) {
        recovery_.torn_bytes = std::min<std::uint64_t>(torn->bytes, rest.size());
        recovery_.torn_file = slot.file->path();
        recovery_.torn_offset = end;
    }
    return {};
}

Result<void> JournalLog::Ring::rewrite_last() {
    // Whoever wrote it may have died before its sync, or of its failed sync: then the page cache has it,
    // marked as clean, and the disk does not. Writing the same bytes again makes the next sync mean something.
    Slot& slot = slots_.back();
    if (slot.end == kGroupsBegin) {
        const SegmentHeader header{slot.generation, slot.first, slot.salt, slot.file_bytes};
        POSTHORN_CHECK(slot.file->write_at(0, encode_segment_header(header)));
        return slot.file->sync();
    }
    POSTHORN_CHECK(slot.file->write_at(slot.end - last_group_.size(), last_group_));
    last_group_ = {};
    return slot.file->sync();
}

}  // namespace posthorn::journal
