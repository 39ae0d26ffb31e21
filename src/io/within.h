#pragma once
// A time limit around a coroutine.

#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>

#include "base/result.h"
#include "io/signal.h"
#include "io/task.h"

namespace posthorn::io {

/// What `within` and its work share: either may end first.
template <class T>
struct WithinState {
    explicit WithinState(Executor executor) : ended(executor) {}
    Signal ended;
    asio::cancellation_signal cancel;
    std::optional<Result<T>> result;
};

template <class T>
Task<void> run_within(std::shared_ptr<WithinState<T>> state, Task<Result<T>> work) {
    state->result.emplace(co_await std::move(work));
    state->ended.raise();
}

/// The result of `work`, or Errc::timeout with `detail` once `limit` has passed: `work` is then cancelled, and what
/// it refers to must live until it has unwound (soon, on the net thread). Costs a spawn and a timer, so it is for
/// rare operations; a Stream has its own deadline.
template <class T>
Task<Result<T>> within(std::chrono::milliseconds limit, Task<Result<T>> work, std::string detail) {
    const auto until = std::chrono::steady_clock::now() + limit;
    const Executor executor = co_await asio::this_coro::executor;
    const auto state = std::make_shared<WithinState<T>>(executor);
    // Work that was cancelled ends by an exception, which tells nothing more. The handler keeps the signal alive.
    auto on_end = [state](const std::exception_ptr&) {};
    asio::co_spawn(executor, run_within(state, std::move(work)),
                   asio::bind_cancellation_slot(state->cancel.slot(), std::move(on_end)));
    if (!state->result) co_await state->ended.wait_until(until);
    if (!state->result) {
        state->cancel.emit(asio::cancellation_type::terminal);
        co_return fail(Errc::timeout, std::move(detail));
    }
    co_return *std::move(state->result);
}

}  // namespace posthorn::io
