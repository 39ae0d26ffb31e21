#pragma once
// Coroutines that each take one value after the other.

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "io/suspended.h"
#include "io/task.h"

namespace posthorn::io {

/// As many coroutines as ever had a value at once; a value for one that is idle costs no allocation. Net thread only.
/// When this is destroyed, those that are idle end; the others must not go on.
template <class T>
class Workers {
public:
    using Work = std::function<Task<void>(T)>;

    Workers(asio::io_context& context, Work work) : context_(context), work_(std::move(work)) {}
    Workers(const Workers&) = delete;
    Workers& operator=(const Workers&) = delete;

    /// Begins the work on `value`, up to its first wait.
    void give(T value) {
        if (idle_.empty()) {
            auto& worker = *all_.emplace_back(std::make_unique<Worker>());
            asio::co_spawn(context_.get_executor(), run(worker, std::move(value)), asio::detached);
            return;
        }
        auto& worker = *idle_.back();
        idle_.pop_back();
        worker.next.resume(std::move(value));
    }

private:
    struct Worker {
        Suspended<T> next;
    };

    Task<void> run(Worker& worker, T value) {
        for (;;) {
            co_await work_(std::move(value));
            idle_.push_back(&worker);
            value = co_await worker.next.wait();
        }
    }

    asio::io_context& context_;
    Work work_;
    std::vector<std::unique_ptr<Worker>> all_;
    std::vector<Worker*> idle_;
};

}  // namespace posthorn::io
