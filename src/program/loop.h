#pragma once
// The io_context of a command that is no server, with what it takes to dial out from it.

#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/signal_set.hpp>

#include "base/result.h"
#include "io/outgoing.h"
#include "io/task.h"
#include "io/timer_wheel.h"

namespace posthorn::program {

/// Ctrl-C (SIGINT) and SIGTERM while it lives: the first one is told, the next one ends the program as usual. Works
/// whenever the loop of `context` runs.
class Interrupt {
public:
    explicit Interrupt(io::asio::io_context& context);
    bool is_raised() const { return is_raised_; }
    /// What is to be done at once, such as closing a connection; replaces what was there before, may be empty.
    void set_action(std::function<void()> action) { action_ = std::move(action); }

private:
    io::asio::signal_set signals_;
    std::function<void()> action_;
    bool is_raised_ = false;
};

/// The command's main thread runs it whenever it waits for something, so client and receiver of one command need no
/// threads. Addresses are not judged: whoever types a command may reach what his machine reaches.
class Loop {
public:
    /// `ca_file` (PEM): whom to trust in place of the system's authorities; may be empty. Errors: io, invalid.
    static Result<std::unique_ptr<Loop>> make(const std::string& ca_file);
    ~Loop();

    io::asio::io_context& context() { return context_; }
    io::TimerWheel& wheel() { return wheel_; }
    io::Dialer& dialer() { return *outgoing_.dialer; }
    io::Resolver& resolver() { return *outgoing_.resolver; }

    /// Runs until `task` has ended, and gives its value.
    template <class T>
    T run(io::Task<T> task) {
        std::optional<T> result;
        std::exception_ptr thrown;
        io::asio::co_spawn(context_.get_executor(), std::move(task), [&](std::exception_ptr failure, T value) {
            thrown = failure;
            result.emplace(std::move(value));
        });
        context_.restart();
        while (!result && context_.run_one() > 0) {
        }
        if (thrown) std::rethrow_exception(thrown);
        return *std::move(result);
    }

    /// Runs until `is_done` says so, looked at after each step. False if `wait` passed first.
    bool run_until(const std::function<bool()>& is_done, std::chrono::milliseconds wait);
    /// Runs until SIGINT or SIGTERM.
    void run_until_signal();

private:
    Loop() = default;

    io::asio::io_context context_{1};
    io::TimerWheel wheel_{context_};
    io::Outgoing outgoing_;
};

}  // namespace posthorn::program
