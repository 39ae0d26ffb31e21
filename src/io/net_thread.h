#pragma once
// A thread that runs an io_context.

#include <string>
#include <thread>

#include <boost/asio/executor_work_guard.hpp>

#include "io/net_context.h"
#include "io/task.h"

namespace posthorn::io {

/// Runs its io_context, also while there is no work, from start() to stop(). Used by one other thread.
class NetThread {
public:
    NetThread() : guard_(context_.get_executor()) {}
    /// Stops; then the io_context goes, and with it all coroutines that still wait.
    ~NetThread() { stop(); }
    NetThread(const NetThread&) = delete;
    NetThread& operator=(const NetThread&) = delete;

    asio::io_context& context() { return context_; }

    /// `name` is what `top -H` and debuggers show; at most 15 characters.
    void start(const char* name);
    /// Returns once the thread has ended, after the handler under way.
    void stop();
    /// Stops, and destroys every coroutine that waits, while what they refer to is still there.
    void end();

private:
    NetContext context_;
    asio::executor_work_guard<Executor> guard_;
    std::thread thread_;
};

}  // namespace posthorn::io
