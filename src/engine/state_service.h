#pragma once
// The threads of the state: one applies the journal lazily, others answer queries.

#include <atomic>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <thread>
#include <vector>

#include "base/mailbox.h"
#include "base/result.h"
#include "base/watermark.h"
#include "engine/admission.h"
#include "io/callback.h"
#include "io/task.h"
#include "journal/commit_statistics.h"
#include "journal/journal_log.h"
#include "state/state.h"

namespace posthorn::engine {

/// What an operator may want to know of.
struct StateNotice {
    enum class Kind : std::uint8_t {
        trouble,         ///< Records can't be applied; `words` says why.
        trouble_over,
        refusing,        ///< Events are refused from now on; `words` says why.
        refusing_over,
        slow_commit,     ///< `took` for `count` records.
        pruned,          ///< `count` events in the last minute.
    };
    Kind kind = Kind::trouble;
    std::string words = {};
    std::uint64_t count = 0;
    Millis took{0};
};

struct StateServiceOptions {
    /// How long records may lie before they are applied; up to four times that while many of their deliveries are still
    /// under way by then.
    std::chrono::milliseconds apply_every{100};
    std::size_t group_bytes_max = 8 << 20;  ///< Applied in one transaction, about.
    std::size_t queries_max = 4096;  ///< Waiting for a reader; more are refused.
    Millis retention = std::chrono::days(14);  ///< How long final deliveries and their events are kept.
    AdmissionLimits limits;  ///< Beyond store_bytes_max the oldest final events go before their time.
    /// Called on the net thread; may be empty.
    std::function<void(const StateNotice&)> on_notice;
};

/// Which readers answer: those of the engine must not stand behind a person's long list.
enum class Lane : std::uint8_t { engine, api };

/// What the state's threads tell of themselves. Written by the applier, read by any thread; counters that pair with
/// nothing, and need not belong to one moment.
struct StateFigures {
    std::atomic<std::uint64_t> waiting = 0;  ///< Deliveries that wait, as of the last records applied.
    std::atomic<std::uint64_t> pruned = 0;  ///< Events that retention removed.
    journal::PowerHistogram commit_us;  ///< Of a group of records.
    journal::PowerHistogram group_records;
};

/// Owns the state. Made and destroyed on the net thread.
class StateService {
public:
    /// Applies everything that the log has before it returns. Errors: those of State::apply and of the log.
    static Result<std::unique_ptr<StateService>> open(std::unique_ptr<state::State> state, journal::JournalLog& log,
                                                      io::asio::io_context& net, StateServiceOptions options);
    ~StateService();

    /// As it was once everything that the log had was applied; does not change.
    const state::Opened& opened() const { return opened_; }
    /// Written by the applier, whose connection it is; waits for it, so for the start alone.
    Result<void> set_key_check(const std::string& value);

    /// The result of `query`, run on a reader thread with everything applied that was durable at the time of the
    /// call. Net thread. Errors: full (too many queries wait), timeout (the applier is stuck, say by a full disk),
    /// and the query's own.
    template <class T>
    io::Task<Result<T>> read(Lane lane, std::function<Result<T>(state::Reader&)> query) {
        return io::from_callback<Result<T>>(
            [this, lane, query = std::move(query)](std::function<void(Result<T>)> done) {
                auto answer = std::make_shared<Result<T>>(fail(Errc::timeout, "the store is busy; try again"));
                Query entry;
                entry.run = [query, answer](state::Reader& reader) { *answer = query(reader); };
                entry.done = [answer, done] { done(std::move(*answer)); };
                entry.refuse = [answer](Error error) { *answer = std::move(error); };
                put(lane, std::move(entry));
            });
    }

    /// Up to where the state has the journal.
    std::uint64_t applied() const { return applied_.value(); }
    const StateFigures& figures() const { return figures_; }
    /// The last failure to apply, empty when all is well. Net thread.
    const std::string& trouble() const { return trouble_; }

    /// Why events are refused at present. Any thread.
    Refusal refusal() const { return refusal_.load(std::memory_order_relaxed); }

    /// Applies what is durable, then ends the threads.
    void stop();

private:
    struct Query {
        std::uint64_t sequence = 0;
        std::function<void(state::Reader&)> run;
        std::function<void()> done;  // On the net thread.
        std::function<void(Error)> refuse;
    };

    /// Up to where the journal is to be applied, and whether lists have to show it.
    struct Wanted {
        std::uint64_t sequence = 0;
        state::Lists lists = state::Lists::later;
    };

    StateService(std::unique_ptr<state::State> state, journal::JournalLog& log, io::asio::io_context& net,
                 StateServiceOptions options);
    void put(Lane lane, Query query);
    void apply_loop();
    /// `seen`: up to where the reader sees the journal, all that its queries need.
    void read_loop(Mailbox<Query>& queries, state::Reader& reader, const Watermark& seen);
    /// What queries want, when they want something; at the latest when it is time for the next group.
    std::vector<Wanted> wait_for_group();
    void adapt_waits();
    /// Bytes of the records that it applied, in one transaction; 0 when all were.
    Result<std::size_t> apply_some(state::Lists lists);
    void keep_within_bounds();
    void prune_some(Moment now);
    void tell(StateNotice notice);

    struct KeyCheck {
        std::string value;
        std::promise<Result<void>>* done = nullptr;  // Of the caller, who waits for it.
    };

    std::unique_ptr<state::State> state_;  // The applier's, once it runs.
    state::Opened opened_;
    Mailbox<KeyCheck> key_checks_{1};
    journal::JournalLog& log_;
    journal::LogReader log_reader_;
    io::asio::io_context& net_;
    StateServiceOptions options_;
    Watermark applied_;
    Watermark listed_;  // What lists show too.
    Mailbox<Wanted> wanted_{1 << 20};  // By queries; wakes the applier.
    Mailbox<Query> engine_queries_;
    Mailbox<Query> api_queries_;
    std::vector<std::unique_ptr<state::Reader>> readers_;
    StateFigures figures_;
    std::string trouble_;  // Net thread; the applier posts it.
    // Decided by the applier, read by intake: a value alone, pairs with nothing.
    std::atomic<Refusal> refusal_{Refusal::none};
    // Of the applier thread.
    Admission admission_;
    int group_waits_ = 1;  // For the next group, of apply_every each.
    std::uint64_t free_bytes_after_group_ = 0;  // In the journal.
    Moment bounds_seen_at_{};
    Moment pruned_at_{};
    Moment pruned_told_at_{};
    std::uint64_t pruned_untold_ = 0;
    std::uint64_t steps_in_vain_ = 0;
    bool can_prune_ = true;
    std::vector<std::thread> threads_;
};

}  // namespace posthorn::engine
