#pragma once
// Requests go to the thread of the deliverer, and replies come back, in batches.

#include <functional>
#include <memory>
#include <vector>

#include "deliver/deliverer.h"
#include "io/net_queue.h"
#include "io/suspended.h"
#include "io/task.h"

namespace posthorn::deliver {

/// The net thread's side of a Deliverer that runs on another thread. Net thread only; both io_contexts have ended, or
/// have stopped, when it is destroyed.
class Dispatch {
public:
    /// The deliverer belongs to `out`.
    Dispatch(io::asio::io_context& net, io::asio::io_context& out, Deliverer& deliverer);
    ~Dispatch();

    /// As Deliverer::deliver; what is asked for in one turn of the event loop goes over together. Who never gets a reply,
    /// for the deliverer's thread has ended, ends with this.
    io::Task<Reply> deliver(const Destination& to, Request request);

    /// Called once all that waited for the replies of a batch have gone on.
    void on_batch_end(std::function<void()> action) { batch_end_ = std::move(action); }
    /// Those who wait for the replies of a batch go on.
    bool is_in_batch() const { return is_in_batch_; }

private:
    using Waiting = io::Suspended<Reply>;
    struct Asked {
        const Destination* to = nullptr;
        Request request;
        Waiting* waiting = nullptr;
    };
    struct Answered {
        Waiting* waiting = nullptr;
        Reply reply;
    };
    /// On the deliverer's thread.
    struct OutSide;

    Waiting& new_waiting();
    void hand_over();
    void take_replies(std::vector<Answered> batch);

    io::asio::io_context& net_;
    // Not on the frames of those who wait: each would keep itself alive.
    std::vector<std::unique_ptr<Waiting>> waiting_;
    std::vector<Waiting*> free_;
    std::vector<Asked> turn_;
    std::function<void()> batch_end_;
    bool is_in_batch_ = false;
    io::NetQueue<Answered> replies_;
    std::unique_ptr<OutSide> out_;
    io::NetQueue<Asked> asked_;
};

}  // namespace posthorn::deliver
