#pragma once
// The thread that owns the inspectors' file.

#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "base/mailbox.h"
#include "base/result.h"
#include "inspect/inspector_tables.h"
#include "io/callback.h"
#include "io/task.h"

namespace posthorn::inspect {

/// Made, asked and destroyed on the net thread.
class InspectorStore {
public:
    struct Opened;

    /// Opens {folder}/inspector.db. A file that can't be read is put aside, for inspectors are temporary and must keep
    /// no server from starting. Errors: io.
    static Result<Opened> open(const std::string& folder, const InspectorLimits& limits, io::asio::io_context& net);
    ~InspectorStore();

    /// The result of `work`, run on the store's thread, one after the other. Errors: full (too much waits), cancelled
    /// (at shutdown), and the work's own.
    template <class T>
    io::Task<Result<T>> run(std::function<Result<T>(InspectorTables&)> work) {
        return io::from_callback<Result<T>>([this, work = std::move(work)](std::function<void(Result<T>)> done) {
            auto answer = std::make_shared<Result<T>>(fail(Errc::full, "too much waits for the inspectors' store"));
            Work entry;
            entry.run = [work, answer](InspectorTables& tables) { *answer = work(tables); };
            entry.done = [answer, done] { done(std::move(*answer)); };
            put(std::move(entry));
        });
    }

    /// Does what waits, then ends the thread.
    void stop();

private:
    struct Work {
        std::function<void(InspectorTables&)> run;
        std::function<void()> done;  // On the net thread.
    };

    InspectorStore(InspectorTables tables, io::asio::io_context& net);
    void put(Work work);
    void loop();

    InspectorTables tables_;  // The thread's, once it runs.
    io::asio::io_context& net_;
    Mailbox<Work> waiting_;
    std::thread thread_;
};

struct InspectorStore::Opened {
    std::unique_ptr<InspectorStore> store;
    std::vector<Inspector> inspectors;
    std::vector<EndedInspector> ended;
    std::string warning;  ///< That a file was put aside; empty when all is well.
};

}  // namespace posthorn::inspect
