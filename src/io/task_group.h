#pragma once
// Background coroutines that end before their owner does.

#include <cstddef>
#include <memory>

#include "io/task.h"

namespace posthorn::io {

/// A set of coroutines that run on the net thread. Net thread only.
/// The owner ends with `cancel(); co_await wait();`, for the coroutines refer to it. The destructor cancels, but
/// can't wait: what runs then may refer only to things that live as long as the io_context.
class TaskGroup {
public:
    explicit TaskGroup(asio::io_context& context);
    explicit TaskGroup(Executor executor);
    ~TaskGroup();
    TaskGroup(const TaskGroup&) = delete;
    TaskGroup& operator=(const TaskGroup&) = delete;

    /// Starts `task`, at once up to its first wait if called on the net thread's io_context. After cancel() it is
    /// dropped unstarted. A task that throws, other than by being cancelled, ends the process: our own bug.
    void spawn(Task<void> task);

    /// Each coroutine's operation under way ends with operation_aborted, and the next one that it starts throws
    /// through it (Asio's cancellation), so that it unwinds.
    void cancel();

    /// Resumes when every task has ended; also at once if none runs.
    Task<void> wait();

    std::size_t size() const;

private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace posthorn::io
