#pragma once
// The journal's thread: turns single records from the net thread into groups, each one write and one sync.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <thread>
#include <vector>

#include "base/mailbox.h"
#include "base/result.h"
#include "journal/commit_statistics.h"
#include "journal/journal_log.h"
#include "journal/record.h"

namespace posthorn::journal {

/// Counts what was submitted: 1, 2, ... without gaps, in the order of submit(). Unlike a sequence, a
/// refused record has used up its ticket.
using Ticket = std::uint64_t;

/// The records with the tickets first_ticket to last_ticket are durable. Ticket t has the sequence
/// first_sequence + (t - first_ticket).
struct Durable {
    Ticket first_ticket = 0;
    Ticket last_ticket = 0;
    Sequence first_sequence = 0;

    Sequence last_sequence() const { return first_sequence + (last_ticket - first_ticket); }
};

/// The records with these tickets are not in the log and never will be.
struct Refused {
    Ticket first_ticket = 0;
    Ticket last_ticket = 0;
    Error error;
};

/// A record of a submitted group that was refused.
struct NotTaken {
    std::size_t index = 0;
    Error error;
};

struct JournalOptions {
    /// What may wait for the log thread, the group it is working on included. Full means refused.
    std::size_t waiting_bytes_max = 64u << 20;
    std::size_t waiting_records_max = 65'536;
    /// What waits is written as one group up to this size, and as several beyond it; a larger record
    /// goes alone. Small enough that little is wasted where a group doesn't fit the rest of a segment.
    std::size_t group_bytes_max = 4u << 20;
};

/// Called on the log thread, so they must be short and not block: normally each posts its value to the
/// net thread. Every ticket shows up exactly once in on_durable or on_refused, in order and without
/// gaps, so a caller keeps one FIFO of waiters and answers the first last_ticket - first_ticket + 1 of
/// them each time. Only after on_fatal, called at most once and last, no answer comes for the rest:
/// the process must end at once, for after a failed sync nobody knows what is durable.
struct JournalCallbacks {
    std::function<void(const Durable&)> on_durable;
    std::function<void(const Refused&)> on_refused;
    std::function<void(const Error&)> on_fatal;
};

/// Owns the log thread.
class Journal {
public:
    /// Starts the thread. All three callbacks must be set.
    Journal(std::unique_ptr<JournalLog> log, const JournalOptions& options, JournalCallbacks callbacks);

    /// As stop().
    ~Journal();

    Journal(const Journal&) = delete;
    Journal& operator=(const Journal&) = delete;

    /// Hands a record to the log thread; never blocks. One thread only, the net thread: tickets are in
    /// its order. Errors: full when too much waits; too_large when the record does not fit a segment;
    /// cancelled after stop(); broken after on_fatal. On an error no ticket is used up.
    Result<Ticket> submit(Record record);

    /// The same for many at once, which is quicker: those that are not in the answer got tickets, in their order.
    std::vector<NotTaken> submit(std::vector<Record> records);

    /// Takes no more records, writes what waits, calls back for all of it, and ends the thread. The
    /// thread of submit(), not the log thread. A second call does nothing.
    void stop();

    /// The log: reader() and release() may be used on any thread.
    JournalLog& log() { return *log_; }

    /// Bytes that wait for the log thread. Any thread.
    std::size_t waiting_bytes() const { return waiting_bytes_.load(std::memory_order_relaxed); }

    /// Counters for metrics. Any thread.
    const CommitStatistics& statistics() const { return statistics_; }

private:
    /// Counts a record of so many bytes as waiting, or refuses it.
    Result<void> admit(std::size_t bytes);
    void run();
    /// How many of `records` make the next group, at least 1.
    std::size_t group_length(std::span<const Record> records) const;
    void append_group(std::span<const Record> group);

    std::unique_ptr<JournalLog> log_;
    JournalOptions options_;
    JournalCallbacks callbacks_;
    CommitStatistics statistics_;
    Mailbox<Record> mailbox_;

    // Submitting thread: the last ticket given out, and whether stop() was called.
    Ticket submitted_ = 0;
    bool stopped_ = false;
    // Log thread: the last ticket answered.
    Ticket answered_ = 0;

    // Raised by submit(), lowered by the log thread once a group is answered: a bound, pairs with nothing.
    std::atomic<std::size_t> waiting_bytes_ = 0;
    std::atomic<std::size_t> waiting_records_ = 0;
    // Set by the log thread after a failed sync, read by submit(): a flag alone, pairs with nothing.
    std::atomic<bool> broken_ = false;

    std::thread thread_;
};

}  // namespace posthorn::journal
