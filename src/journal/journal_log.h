#pragma once
// The log itself: a ring of segment files. Synchronous; format in docs/formats/journal.md.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "base/result.h"
#include "io/file.h"
#include "io/random.h"
#include "journal/record.h"

namespace posthorn::journal {

struct LogOptions {
    /// The size of a segment file, at least 8 KiB. A group, and so a record, fits one segment:
    /// see JournalLog::record_bytes_max().
    std::uint64_t segment_bytes = 16u << 20;

    /// How many segment files there may be, at least 2. Together they bound what is not yet released.
    std::size_t segments_max = 16;

    /// The highest sequence that the state has durably. Records up to it are needed no more, so damage
    /// among them is no error; that the log reaches at least to it is checked. 0: nothing is applied.
    Sequence applied = 0;

    /// Supplies the salt of each segment. Nobody who can send payloads may be able to guess it.
    std::function<std::uint64_t()> random = io::random_number;
};

/// What open() found.
struct Recovery {
    Sequence first_sequence = 1;   ///< The oldest record that can be read; next_sequence if there is none.
    Sequence next_sequence = 1;    ///< The first record appended now gets this number.
    std::uint64_t records = 0;     ///< Records behind LogOptions::applied, to be read and applied.
    std::uint64_t torn_bytes = 0;  ///< Of a group that was cut off at the end, as far as can be told.
    std::string torn_file;         ///< Where that was; empty when the log ended cleanly.
    std::uint64_t torn_offset = 0;
};

class LogReader;

/// A durable log. Threads: append() and prepare() belong to one thread, the log thread. release(),
/// readers, and the const functions may be used on any thread meanwhile: what they share with the log
/// thread (which segments there are, how far they are durable) lies behind one mutex that is never held
/// during a file operation. A segment is reused only when release() said so, so a reader that stays
/// ahead of the released sequence never sees one change under it.
class JournalLog {
public:
    /// Opens the log in `folder` of `disk`, making the folder if it is missing, and finds its last whole
    /// group. A group cut off at the very end is dropped: it was never acknowledged. `disk` must outlive
    /// the log. The caller sees to it that no second process has the folder open (io::lock_folder).
    /// Errors: corrupt when a record behind `applied` is damaged or missing and that can't be a torn
    /// tail (file, offset and sequence are named); unsupported when a newer version wrote a segment;
    /// invalid for options out of range; full; io.
    static Result<std::unique_ptr<JournalLog>> open(io::Disk& disk, const std::string& folder,
                                                    const LogOptions& options);

    ~JournalLog();

    /// What open() found; does not change.
    const Recovery& recovery() const;

    /// Appends the records (at least one) as one group: one write, one fdatasync. Returns the sequence
    /// of the last once all are durable; on an error none of them is in the log. Log thread.
    /// Errors: full when the ring has no free segment (release first) or the disk no space; too_large
    /// when the group does not fit a segment; io when the write failed, the log is then as before;
    /// broken when a sync failed, then or earlier: what the disk holds is unknown, every later append
    /// refuses, and the process must end and recover.
    Result<Sequence> append(std::span<const Record> group);

    /// Makes the next segment file ahead of need when the current one is half full and none is at hand,
    /// so that append() need not (writing 16 MiB of zeros takes some 20 ms). Call it when nobody waits.
    /// Does nothing, cheaply, most of the time. An error is no reason to stop: append() will meet it.
    /// Log thread. Errors: as append().
    Result<void> prepare();

    /// Records up to `sequence` are needed no more, because the state has them durably; segments that
    /// hold nothing else will be reused. Going back is ignored. Any thread.
    void release(Sequence sequence);

    /// A reader of its own, for one thread; must not outlive the log. Any thread.
    LogReader reader() const;

    /// The last durable record; what was appended before is durable too. Any thread.
    Sequence durable() const;

    /// What release() was last told. Any thread.
    Sequence released() const;

    /// Bytes that can still be appended before the ring is full, counting what could be released or
    /// made; approximately, as groups don't cross segments. Any thread.
    std::uint64_t free_bytes() const;

    /// Bytes of all segments that the options allow.
    std::uint64_t ring_bytes() const;

    /// True once a sync failed: append() refuses from then on. Any thread.
    bool is_poisoned() const;

    /// The most bytes that one record can have, and what a group of several takes:
    /// group_bytes() of it must be at most group_bytes_max().
    std::uint64_t record_bytes_max() const;
    std::uint64_t group_bytes_max() const;
    static std::uint64_t group_bytes(std::span<const Record> group);

private:
    friend class LogReader;
    class Ring;
    explicit JournalLog(std::unique_ptr<Ring> ring);
    std::unique_ptr<Ring> ring_;
};

/// Reads durable records, from any position on. It remembers where it stopped, so that reading on costs
/// no search. A value for one thread.
class LogReader {
public:
    /// The records from `from` on, whole groups' worth until `bytes_max` of record bytes are exceeded,
    /// but at least one record if there is one; none when `from` is behind the last durable record.
    /// Errors: not_found when `from` was released and its segment is reused (or is before the log's
    /// first record); corrupt when the bytes fail their checksum; io.
    Result<RecordBatch> read(Sequence from, std::size_t bytes_max);

private:
    friend class JournalLog;
    explicit LogReader(JournalLog::Ring& ring) : ring_(&ring) {}

    JournalLog::Ring* ring_;
    // Where the group that begins with `next_` lies; 0 when not known.
    Sequence next_ = 0;
    std::uint64_t generation_ = 0;
    std::uint64_t offset_ = 0;
};

}  // namespace posthorn::journal
