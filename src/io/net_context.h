#pragma once
// An io_context whose waiting coroutines can be ended while what they refer to is still there.

#include "io/task.h"

namespace posthorn::io {

/// The io_context of a program that is made of parts: they are declared behind it and so go before it, yet its
/// coroutines refer to them.
class NetContext : public asio::io_context {
public:
    NetContext() : asio::io_context(1) {}

    /// Destroys every coroutine that waits, in the order in which nothing is promised. Not while it runs. Nothing can
    /// be run or started after that.
    void end() { asio::io_context::shutdown(); }
};

}  // namespace posthorn::io
