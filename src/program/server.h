#pragma once
// The whole server: makes all parts, in the order in which they depend on each other, and ends them in reverse.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "io/task.h"
#include "program/serve_options.h"

namespace posthorn::program {

/// For `serve`, `demo` and tests. Made, run and destroyed on one thread, which becomes the net thread.
class Server {
public:
    /// Opens the store, recovers, and listens. Errors name what is wrong and the remedy.
    static Result<std::unique_ptr<Server>> make(ServeOptions options);
    ~Server();

    /// "http://127.0.0.1:8080", as clients reach it.
    const std::string& url() const;
    /// The admin key that was made at this start, "phk_..."; empty if none was. Shown once.
    const std::string& admin_key() const;
    /// Things the operator should know, such as a master key that others may read.
    const std::vector<std::string>& warnings() const;

    /// "METHOD pattern" of all routes, for the test that compares them with the OpenAPI document.
    std::vector<std::string> routes() const;

    io::asio::io_context& net();

    /// Serves until stop() or SIGINT or SIGTERM, then takes no more events, lets attempts end for `drain` at most, and
    /// leaves the rest safely in the store. 0, or the exit code of a failure.
    int run();
    /// From any thread, or a signal's.
    void stop();

private:
    struct Parts;
    explicit Server(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

}  // namespace posthorn::program
