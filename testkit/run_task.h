#pragma once
// Runs a coroutine from a test.

#include <chrono>
#include <exception>
#include <optional>
#include <utility>

#include <gtest/gtest.h>
#include <boost/asio/co_spawn.hpp>

#include "base/assert.h"
#include "io/task.h"

namespace posthorn::testkit {

/// Runs `context` until `task` has ended. A task that takes longer than `at_most` ends the test program, for it
/// hangs. Other work of the context runs meanwhile, and may be left over.
inline void run_task(io::asio::io_context& context, io::Task<void> task,
                     std::chrono::seconds at_most = std::chrono::seconds(20)) {
    std::exception_ptr thrown;
    bool is_done = false;
    io::asio::co_spawn(context, std::move(task), [&](std::exception_ptr exception) {
        thrown = exception;
        is_done = true;
    });
    const auto until = std::chrono::steady_clock::now() + at_most;
    context.restart();
    while (!is_done && std::chrono::steady_clock::now() < until) context.run_one_until(until);
    POSTHORN_ASSERT(is_done);
    if (thrown) std::rethrow_exception(thrown);
}

template <class T>
io::Task<void> keep_value(io::Task<T> task, std::optional<T>& value) {
    value.emplace(co_await std::move(task));
}

/// The same, and gives the task's value.
template <class T>
T run_task(io::asio::io_context& context, io::Task<T> task, std::chrono::seconds at_most = std::chrono::seconds(20)) {
    std::optional<T> value;
    run_task(context, keep_value(std::move(task), value), at_most);
    return *std::move(value);
}

}  // namespace posthorn::testkit
