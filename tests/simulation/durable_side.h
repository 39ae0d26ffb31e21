#pragma once
// The journal's and the state's threads, one happening at a time: engine/store and engine/state_service without threads.

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "journal/journal_log.h"
#include "model/record.h"
#include "state/state.h"
#include "testkit/faulty_disk.h"
#include "tests/simulation/options.h"
#include "tests/simulation/timeline.h"

namespace posthorn::simulation {

/// One life of the durable side.
class DurableSide {
public:
    using Done = std::function<void(Result<journal::Sequence>)>;
    using Query = std::function<std::function<void()>(state::Reader*)>;

    DurableSide(Timeline& timeline, Random& random, const Options& options, testkit::FaultyDisk& disk,
                state::State& state);

    /// Opens the journal and applies all of it. Errors: those of both.
    Result<void> open();
    /// As Store::submit: `done` comes later, in the order of the calls.
    void submit(const model::Record& record, Done done);
    /// As StateService::read: `query` gets a reader that has applied what is durable now, or null after a time-out, and
    /// returns what is to be done on the net thread.
    void read(Query query);
    state::Reader& reader() { return *reader_; }

    /// A sync or the power failed: the process must end.
    bool is_broken() const { return is_broken_; }
    /// Nothing waits to be written.
    bool is_idle() const { return waiting_.empty(); }

private:
    void flush();
    void flush_later();
    void tell(std::function<void()> happening);
    void apply_later(Millis wait);
    Result<bool> apply_some();
    bool catch_up(journal::Sequence sequence);

    Timeline& timeline_;
    Random& random_;
    const Options& options_;
    testkit::FaultyDisk& disk_;
    state::State& state_;
    std::unique_ptr<journal::JournalLog> log_;
    std::optional<journal::LogReader> log_reader_;
    std::unique_ptr<state::Reader> reader_;
    std::deque<std::pair<journal::Record, Done>> waiting_;
    bool is_flush_due_ = false;
    bool is_apply_due_ = false;
    bool is_broken_ = false;
    Moment told_at_;
    Moment reader_free_at_;
};

}  // namespace posthorn::simulation
