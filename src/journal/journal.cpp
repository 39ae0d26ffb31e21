#include "journal/journal.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "base/assert.h"
#include "io/thread_class.h"

namespace posthorn::journal {

Journal::Journal(std::unique_ptr<JournalLog> log, const JournalOptions& options, JournalCallbacks callbacks)
    : log_(std::move(log)), options_(options), callbacks_(std::move(callbacks)), mailbox_(options.waiting_records_max) {
    POSTHORN_ASSERT(log_ != nullptr);
    POSTHORN_ASSERT(callbacks_.on_durable != nullptr);
    POSTHORN_ASSERT(callbacks_.on_refused != nullptr);
    POSTHORN_ASSERT(callbacks_.on_fatal != nullptr);
    thread_ = std::thread([this] { run(); });
}

Journal::~Journal() { stop(); }

Result<void> Journal::admit(std::size_t bytes) {
    if (broken_.load(std::memory_order_relaxed))
        return fail(Errc::broken, "a sync of the journal failed; the process must end");
    if (stopped_) return fail(Errc::cancelled, "the journal is stopping");
    if (bytes > log_->record_bytes_max())
        return fail(Errc::too_large, "a record of " + std::to_string(bytes) + " bytes does not fit the journal");

    // This thread alone raises the counters, so what it reads can only be too high.
    if (waiting_bytes_.load(std::memory_order_relaxed) + bytes > options_.waiting_bytes_max ||
        waiting_records_.load(std::memory_order_relaxed) >= options_.waiting_records_max)
        return fail(Errc::full, "too much waits for the journal");
    waiting_bytes_.fetch_add(bytes, std::memory_order_relaxed);
    waiting_records_.fetch_add(1, std::memory_order_relaxed);
    return {};
}

Result<Ticket> Journal::submit(Record record) {
    std::vector<Record> records;
    records.push_back(std::move(record));
    auto refused = submit(std::move(records));
    if (!refused.empty()) return std::move(refused.front().error);
    return submitted_;
}

std::vector<NotTaken> Journal::submit(std::vector<Record> records) {
    std::vector<NotTaken> refused;
    std::size_t taken = 0;
    for (std::size_t index = 0; index < records.size(); ++index) {
        if (auto admitted = admit(records[index].bytes.size()); !admitted) {
            refused.push_back({index, std::move(admitted).error()});
            continue;
        }
        if (taken != index) records[taken] = std::move(records[index]);
        ++taken;
    }
    records.resize(taken);
    // What was admitted fits: the mailbox is as large as the count that was looked at, and open until stop().
    const bool is_put = mailbox_.put_all(std::move(records));
    POSTHORN_ASSERT(is_put);
    submitted_ += taken;
    return refused;
}

void Journal::stop() {
    if (stopped_) return;
    stopped_ = true;
    mailbox_.close();
    thread_.join();
}

void Journal::run() {
    io::set_thread("journal", io::ThreadClass::prompt);
    for (;;) {
        std::vector<Record> waiting = mailbox_.take_all();
        if (waiting.empty()) return;
        std::span<Record> left = waiting;
        while (!left.empty()) {
            const auto group = left.first(group_length(left));
            append_group(group);
            if (broken_.load(std::memory_order_relaxed)) return;
            // What is answered counts as waiting no more, so it may not stay in memory either.
            for (Record& record : group) std::string().swap(record.bytes);
            left = left.subspan(group.size());
        }
        // Now that everybody has been answered. If it fails, the next append that needs it will say so.
        (void)log_->prepare();
    }
}

std::size_t Journal::group_length(std::span<const Record> records) const {
    const std::uint64_t bytes_max = std::min<std::uint64_t>(options_.group_bytes_max, log_->group_bytes_max());
    std::uint64_t bytes = JournalLog::group_bytes(records.first(1));
    std::size_t count = 1;
    for (; count < records.size(); ++count) {
        bytes += JournalLog::group_bytes(records.subspan(count, 1));  // A little too much: one head for each.
        if (bytes > bytes_max) break;
    }
    return count;
}

void Journal::append_group(std::span<const Record> group) {
    std::size_t bytes = 0;
    for (const Record& record : group) bytes += record.bytes.size();

    const auto begun = std::chrono::steady_clock::now();
    const auto appended = log_->append(group);
    const auto took = std::chrono::steady_clock::now() - begun;

    const Ticket first = answered_ + 1;
    answered_ += group.size();
    if (appended) {
        statistics_.groups.fetch_add(1, std::memory_order_relaxed);
        statistics_.group_records.count(group.size());
        statistics_.group_bytes.count(bytes);
        statistics_.commit_us.count(
            static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(took).count()));
    } else if (appended.error().code == Errc::broken) {
        broken_.store(true, std::memory_order_relaxed);
    } else {
        statistics_.records_refused.fetch_add(group.size(), std::memory_order_relaxed);
    }
    // Before the answers, so that whoever gets one has room to submit again.
    waiting_bytes_.fetch_sub(bytes, std::memory_order_relaxed);
    waiting_records_.fetch_sub(group.size(), std::memory_order_relaxed);

    if (appended) {
        callbacks_.on_durable(Durable{first, answered_, *appended - group.size() + 1});
    } else if (appended.error().code == Errc::broken) {
        callbacks_.on_fatal(appended.error());
    } else {
        callbacks_.on_refused(Refused{first, answered_, appended.error()});
    }
}

}  // namespace posthorn::journal
