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

/// Net thread only.
class Store {
public:
    /// Locks the folder, opens state and journal and applies what the journal has beyond the state. `on_fatal` is
    /// called on the log thread when a sync failed: the process must end. Errors: conflict (another server has the
    /// folder), unsupported, corrupt, full, io; each names the file and the remedy.
    static Result<std::unique_ptr<Store>> open(io::Disk& disk, io::asio::io_context& net, StoreOptions options,
                                               std::function<void(const Error&)> on_fatal);
    ~Store();

    using Done = std::function<void(Result<journal::Sequence>)>;

    /// Hands the record to the journal; `done` is called when it is durable or refused. False when it was refused at
    /// once (too much waits, or the server stops): `done` is then not called, and `error` says why.
    Result<void> submit(const model::Record& record, Done done);
    Result<void> submit(const model::EventAccepted& record, Done done);

    /// The record's sequence number once it is durable. Errors: full, too_large, io, broken, cancelled.
    io::Task<Result<journal::Sequence>> append(model::Record record);

    StateService& state() { return *state_; }
    journal::Journal& journal() { return *journal_; }

    /// Writes and applies what waits. Nothing can be submitted any more.
    void stop();

private:
    Store(io::asio::io_context& net) : net_(net) {}
    Result<void> submit_bytes(std::uint8_t kind, std::string bytes, Done done);
    void on_durable(const journal::Durable& durable);
    void on_refused(const journal::Refused& refused);

    io::asio::io_context& net_;
    std::unique_ptr<io::FileLock> lock_;
    std::unique_ptr<journal::Journal> journal_;
    std::unique_ptr<StateService> state_;  // Reads the journal's log, so it ends first.
    std::deque<Done> waiters_;             // By ticket, the oldest first.
};

}  // namespace posthorn::engine
