#include "state/checkpointer.h"

#include <utility>

#include "io/thread_class.h"

namespace posthorn::state {

namespace {

/// PASSIVE waits for nobody and copies what no reader still needs as it is.
void checkpoint(Database& database) {
    sqlite3_wal_checkpoint_v2(database.handle(), "main", SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
}

}  // namespace

Result<std::unique_ptr<Checkpointer>> Checkpointer::start(Database& writer) {
    POSTHORN_TRY(auto own, Database::open(writer.file(), Access::write));
    // The database's pages must be on the disk before the WAL may start over. Copying needs hardly a cache.
    POSTHORN_CHECK(own.execute("PRAGMA synchronous=FULL; PRAGMA mmap_size=0; PRAGMA cache_size=-256"));
    return std::unique_ptr<Checkpointer>(new Checkpointer(writer, std::move(own)));
}

Checkpointer::Checkpointer(Database& writer, Database own) : writer_(writer), own_(std::move(own)) {
    // Replaces SQLite's own checkpoint at 1000 pages within the commit, which stalls for 20 to 60 ms.
    sqlite3_wal_hook(
        writer_.handle(),
        [](void* self, sqlite3*, const char*, int pages) {
            static_cast<Checkpointer*>(self)->wal_pages_ = pages;
            return SQLITE_OK;
        },
        this);
    thread_ = std::thread([this] { run(); });
}

Checkpointer::~Checkpointer() {
    asked_.close();
    thread_.join();
    sqlite3_wal_hook(writer_.handle(), nullptr, nullptr);
}

void Checkpointer::after_commit() {
    const auto progress = progress_.load(std::memory_order_acquire);
    if (progress == Progress::done || wal_pages_ >= kTooManyPages) {
        // Copies the few pages that were written meanwhile; with all of them copied the next commit starts the WAL over.
        checkpoint(writer_);
        if (progress == Progress::done) progress_.store(Progress::idle, std::memory_order_relaxed);
        return;
    }
    if (progress == Progress::idle && wal_pages_ >= kBulkPages) {
        progress_.store(Progress::asked, std::memory_order_relaxed);
        asked_.put(1);
    }
}

void Checkpointer::run() {
    io::set_thread("checkpointer", io::ThreadClass::background);
    while (!asked_.take_all().empty()) {
        checkpoint(own_);
        progress_.store(Progress::done, std::memory_order_release);
    }
}

}  // namespace posthorn::state
