#pragma once
// A whole server on a thread of its own, inside another command.

#include <future>
#include <memory>
#include <string>
#include <thread>

#include "base/result.h"
#include "program/server.h"

namespace posthorn::program {

/// Made, run and destroyed by its thread; the rest of it belongs to whoever started it.
class BackgroundServer {
public:
    /// Returns once it serves. Errors: those of Server::make.
    static Result<std::unique_ptr<BackgroundServer>> start(ServeOptions options);
    /// Stops it and waits for its end.
    ~BackgroundServer();

    const std::string& url() const { return url_; }

private:
    BackgroundServer() = default;

    std::thread thread_;
    std::promise<void> release_;  // Lets the thread destroy the server.
    Server* server_ = nullptr;  // Lives until the thread ends, and the thread until we join it.
    std::string url_;
};

}  // namespace posthorn::program
