#pragma once
// A coroutine that waits until somebody hands it a value.

#include <optional>
#include <utility>

#include "io/task.h"

namespace posthorn::io {

/// Where one coroutine waits for one value at a time; costs no allocation of its own, unlike from_callback. Net
/// thread only. When this is destroyed while a coroutine waits in it, that coroutine is destroyed with it.
template <class T>
class Suspended {
public:
    Suspended() = default;
    Suspended(const Suspended&) = delete;
    Suspended& operator=(const Suspended&) = delete;

    /// Returns what resume() is called with.
    Task<T> wait() {
        auto keep = [this](auto handler) { handler_.emplace(std::move(handler)); };
        constexpr asio::use_awaitable_t<Executor> token;
        return asio::async_initiate<const asio::use_awaitable_t<Executor>&, void(T)>(std::move(keep), token);
    }

    bool is_waiting() const { return handler_.has_value(); }

    /// Runs the coroutine that waits, within this call, until it waits again or ends; this object may end with it.
    void resume(T value) {
        auto handler = *std::exchange(handler_, std::nullopt);
        std::move(handler)(std::move(value));
    }

private:
    using Handler = typename asio::async_result<asio::use_awaitable_t<Executor>, void(T)>::handler_type;
    std::optional<Handler> handler_;
};

}  // namespace posthorn::io
