#pragma once
// The slots of the ring: which segment files there are, what each holds, which one is next.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "io/file.h"
#include "journal/journal_log.h"
#include "journal/segment_format.h"

namespace posthorn::journal {

/// One segment file. Readers take copies, so its file stays open until the last of them is done.
struct Slot {
    std::uint32_t number = 0;  ///< Of the file's name.
    std::shared_ptr<io::File> file;
    std::uint64_t file_bytes = 0;
    std::uint64_t generation = 0;  ///< 0: holds nothing, free to use.
    Sequence first = 0;
    std::uint64_t salt = 0;
    std::uint64_t end = 0;  ///< Behind the last durable group; file_bytes where nobody looked.
    /// A group that the search for a sequence may begin at, in place of the segment's first one.
    Sequence known_sequence = 0;
    std::uint64_t known_offset = 0;
};

/// What the log thread, readers and release() share. The mutex guards the list of slots for everybody but
/// the log thread's own reading of it: it alone changes the list, and does so under the mutex.
class JournalLog::Ring {
public:
    Ring(io::Disk& disk, std::string folder, LogOptions options);

    /// Recovery; before any other function.
    Result<void> recover();

    Result<Sequence> append(std::span<const Record> group);
    Result<void> prepare();
    void release(Sequence sequence);
    std::uint64_t free_bytes() const;
    bool is_poisoned() const { return poisoned_.load(std::memory_order_relaxed); }
    Sequence durable() const;
    Sequence released() const;
    const LogOptions& options() const { return options_; }
    const Recovery& recovery() const { return recovery_; }

    /// The segment that holds `sequence`, and the last sequence that may be read from it.
    struct Readable {
        Slot slot;
        Sequence last = 0;
    };
    /// Nothing if no segment holds it (any more).
    std::optional<Readable> find(Sequence sequence) const;
    /// Whether the slot that held `generation` still does.
    bool holds(std::uint64_t generation) const;

private:
    // Recovery, in the order of its steps.
    Result<void> read_headers();
    Result<void> check_generations() const;
    Result<void> check_groups(std::size_t index);
    Result<void> check_tail(Slot& slot, const std::string& bytes, std::uint64_t end, Sequence next);
    Result<void> rewrite_last();

    std::string path_of(std::uint32_t number) const;
    std::uint64_t usable_bytes() const { return options_.segment_bytes - kGroupsBegin; }
    bool can_recycle(std::size_t index) const;
    /// The slot for the next segment: a free one, else the oldest one that is released, else a new one.
    Result<std::size_t> take_slot();
    Result<std::size_t> make_slot();
    Result<void> remove_slot(std::size_t index);
    Result<void> begin_segment();
    Error poison(const Error& cause);

    io::Disk& disk_;
    const std::string folder_;
    const LogOptions options_;
    Recovery recovery_;
    std::string last_group_;  ///< During recovery: the bytes of the log's last group.

    // Log thread only.
    std::string buffer_;                  ///< The group being written.
    Sequence next_ = 1;                   ///< Of the next record.
    bool current_is_closed_ = false;      ///< The next group must go into a new segment.

    mutable std::mutex mutex_;
    // Ordered by generation, free slots first. The last one is the newest segment, if it has a generation.
    std::vector<Slot> slots_;
    Sequence durable_ = 0;
    Sequence released_ = 0;

    // Set by the log thread, read by metrics: a flag alone, pairs with nothing.
    std::atomic<bool> poisoned_ = false;
};

}  // namespace posthorn::journal
