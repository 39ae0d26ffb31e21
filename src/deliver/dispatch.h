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
    /// The deliverer belongs to `out`, which may be `net` itself.
    Dispatch(io::asio::io_context& net, io::asio::io_context& out, Deliverer& deliverer);
    ~Dispatch();

    /// As Deliverer::deliver; whoever waits in `waiting` gets the reply, later. What is asked for in one turn of the event
    /// loop goes over together. Destination and `waiting` stay until then, or until the deliverer's thread has ended.
    void deliver(const Destination& to, Request request, io::Suspended<Reply>& waiting);

    /// Called once all that waited for the replies of a batch have gone on.
    void on_batch_end(std::function<void()> action) { batch_end_ = std::move(action); }
    /// Those who wait for the replies of a batch go on.
    bool is_in_batch() const { return is_in_batch_; }

private:
    struct Asked {
        const Destination* to = nullptr;
        Request request;
        io::Suspended<Reply>* waiting = nullptr;
    };
    struct Answered {
        io::Suspended<Reply>* waiting = nullptr;
        Reply reply;
    };
    /// On the deliverer's thread.
    struct OutSide;

    void hand_over();
    void take_replies(std::vector<Answered> batch);

    io::asio::io_context& net_;
    std::vector<Asked> turn_;
    std::function<void()> batch_end_;
    bool is_in_batch_ = false;
    io::NetQueue<Answered> replies_;
    std::unique_ptr<OutSide> out_;
    io::NetQueue<Asked> asked_;
};

}  // namespace posthorn::deliver
