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

/// The result of `work`, or Errc::timeout with `detail` once `limit` has passed: `work` is then cancelled, and what
/// it refers to must live until it has unwound (soon, on the net thread). Costs a spawn and a timer, so it is for
/// rare operations; a Stream has its own deadline. `T` needs a default.
template <class T>
Task<Result<T>> within(std::chrono::milliseconds limit, Task<Result<T>> work, std::string detail) {
    struct State {
        explicit State(Executor executor) : ended(executor) {}
        Signal ended;
        asio::cancellation_signal cancel;
        std::optional<Result<T>> result;
    };
    const auto until = std::chrono::steady_clock::now() + limit;
    const Executor executor = co_await asio::this_coro::executor;
    const auto state = std::make_shared<State>(executor);
    auto on_end = [state](const std::exception_ptr& thrown, Result<T> result) {
        if (thrown) result = Result<T>(fail(Errc::cancelled, "cancelled"));
        state->result.emplace(std::move(result));
        state->ended.raise();
    };
    asio::co_spawn(executor, std::move(work),
                   asio::bind_cancellation_slot(state->cancel.slot(), std::move(on_end)));
    if (!state->result) co_await state->ended.wait_until(until);
    if (!state->result) {
        state->cancel.emit(asio::cancellation_type::terminal);
        co_return fail(Errc::timeout, std::move(detail));
    }
    co_return *std::move(state->result);
}

}  // namespace posthorn::io
