#pragma once
// The durable side of the engine: the journal to write to, the state to read from.

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "engine/state_service.h"
#include "io/file.h"
#include "io/suspended.h"
#include "io/task.h"
#include "journal/journal.h"
#include "model/record.h"

namespace posthorn::engine {

struct StoreOptions {
    std::string folder;
    std::uint64_t segment_bytes = 16u << 20;
    std::size_t segments_max = 16;
    StateServiceOptions state;
};

/// Is told what became of a record: its sequence number once it is durable, or why it was refused (full, too_large,
/// io, broken, cancelled). Lives until then.
class RecordWaiter {
public:
    virtual void on_decided(Result<journal::Sequence> sequence) = 0;

protected:
    ~RecordWaiter() = default;
};

/// Net thread only.
class Store {
public:
    /// Locks the folder, opens state and journal and applies what the journal has beyond the state. `on_fatal` is
    /// called on the log thread when a sync failed: the process must end. Errors: conflict (another server has the
    /// folder), unsupported, corrupt, full, io; each names the file and the remedy.
    static Result<std::unique_ptr<Store>> open(io::Disk& disk, io::asio::io_context& net, StoreOptions options,
                                               std::function<void(const Error&)> on_fatal);
    ~Store();

    /// Hands the record to the journal together with all others of this turn of the event loop. The waiter is told
    /// later, never within the call.
    void submit(const model::Record& record, RecordWaiter& waiter);
    void submit(const model::EventAccepted& record, RecordWaiter& waiter);
    void submit(const model::AttemptEnded& record, RecordWaiter& waiter);

    /// The record's sequence number once it is durable. Errors: full, too_large, io, broken, cancelled.
    io::Task<Result<journal::Sequence>> append(model::Record record);

    /// Called once all waiters of a group have been told.
    void on_group_end(std::function<void()> action) { group_end_ = std::move(action); }
    /// Waiters are being told of a group.
    bool is_in_group() const { return is_in_group_; }

    StateService& state() { return *state_; }
    journal::Journal& journal() { return *journal_; }

    /// Writes and applies what waits. Nothing can be submitted any more.
    void stop();

private:
    Store(io::asio::io_context& net) : net_(net) {}
    template <class Record>
    void put(std::uint8_t kind, const Record& record, RecordWaiter& waiter);
    void hand_over();
    void on_durable(const journal::Durable& durable);
    void on_refused(const journal::Refused& refused);
    RecordWaiter& next_waiter();
    void end_group();

    io::asio::io_context& net_;
    std::unique_ptr<io::FileLock> lock_;
    std::unique_ptr<journal::Journal> journal_;
    std::unique_ptr<StateService> state_;  // Reads the journal's log, so it ends first.
    // Of this turn of the event loop: groups as large as can be had without waiting for more.
    std::vector<journal::Record> turn_;
    std::vector<RecordWaiter*> turn_waiters_;
    std::deque<RecordWaiter*> waiters_;  // By ticket, the oldest first.
    std::function<void()> group_end_;
    bool is_in_group_ = false;
};

}  // namespace posthorn::engine
