#pragma once
// A thread that runs an io_context.

#include <string>
#include <thread>

#include <boost/asio/executor_work_guard.hpp>

#include "io/task.h"

namespace posthorn::io {

/// Runs its io_context until stop(), also while there is no work. Made, stopped and destroyed by one other thread.
class NetThread {
public:
    /// `name` is what `top -H` and debuggers show; at most 15 characters.
    explicit NetThread(std::string name);
    /// Stops and joins; then the io_context goes, and with it all coroutines that still wait.
    ~NetThread();
    NetThread(const NetThread&) = delete;
    NetThread& operator=(const NetThread&) = delete;

    asio::io_context& context() { return context_; }

    /// The thread ends once the io_context has run out of work. Any thread.
    void finish();
    /// The thread ends after the handler under way. Any thread.
    void stop();
    /// Waits for the thread's end. Not on the thread itself.
    void join();

private:
    asio::io_context context_{1};
    asio::executor_work_guard<Executor> guard_;
    std::thread thread_;
};

}  // namespace posthorn::io
