#pragma once
// Copies the WAL back into the database beside the writer, so that no commit has to.

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "base/mailbox.h"
#include "base/result.h"
#include "state/sqlite.h"

namespace posthorn::state {

/// Owned and called by the writer; has a thread and a connection of its own.
class Checkpointer {
public:
    /// From this many pages of WAL on (16 MB) the thread copies them back.
    static constexpr int kBulkPages = 1024;
    /// From this many on (256 MB) the writer does it itself: the thread does not keep up.
    static constexpr int kTooManyPages = 16 * kBulkPages;

    /// Errors: as Database.
    static Result<std::unique_ptr<Checkpointer>> start(Database& writer);
    ~Checkpointer();
    Checkpointer(const Checkpointer&) = delete;
    Checkpointer& operator=(const Checkpointer&) = delete;

    /// After each commit of the writer. A checkpoint that fails is tried again after a later commit: the WAL has all.
    void after_commit();

private:
    enum class Progress { idle, asked, done };

    Checkpointer(Database& writer, Database own);
    void run();

    Database& writer_;
    Database own_;
    int wal_pages_ = 0;
    Mailbox<int> asked_{1};
    /// Release by the thread when it is done, acquire by the writer; nothing else is shared.
    std::atomic<Progress> progress_{Progress::idle};
    std::thread thread_;
};

}  // namespace posthorn::state
