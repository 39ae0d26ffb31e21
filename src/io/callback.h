#pragma once
// A coroutine that waits for a callback.

#include <functional>
#include <memory>
#include <utility>

#include "io/task.h"

namespace posthorn::io {

/// Resumes with the value that the callback is called with. `start` gets the callback; it must be called exactly
/// once, on the net thread, now or later.
template <class T>
Task<T> from_callback(std::function<void(std::function<void(T)>)> start) {
    auto initiation = [](auto handler, std::function<void(std::function<void(T)>)> begin) {
        // std::function wants something that can be copied; the handler can only be moved.
        auto shared = std::make_shared<decltype(handler)>(std::move(handler));
        begin([shared](T value) { std::move (*shared)(std::move(value)); });
    };
    constexpr asio::use_awaitable_t<Executor> token;
    return asio::async_initiate<const asio::use_awaitable_t<Executor>&, void(T)>(std::move(initiation), token,
                                                                                 std::move(start));
}

}  // namespace posthorn::io
