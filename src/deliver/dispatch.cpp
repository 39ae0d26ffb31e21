#include "deliver/dispatch.h"

#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include "base/assert.h"

namespace posthorn::deliver {

namespace {

// More than are ever under way: the engine's limit is 1024.
constexpr std::size_t kQueueMax = 1 << 16;

}  // namespace

struct Dispatch::OutSide {
    struct Worker {
        io::Suspended<Asked> next;
    };

    OutSide(io::asio::io_context& out_in, Deliverer& deliverer_in, io::NetQueue<Answered>& replies_in)
        : out(out_in), deliverer(deliverer_in), replies(replies_in) {}

    void take_asked(std::vector<Asked> batch) {
        for (auto& asked : batch) {
            if (idle.empty()) {
                auto& worker = *workers.emplace_back(std::make_unique<Worker>());
                io::asio::co_spawn(out.get_executor(), work(worker, std::move(asked)), io::asio::detached);
                continue;
            }
            auto& worker = *idle.back();
            idle.pop_back();
            worker.next.resume(std::move(asked));
        }
    }

    io::Task<void> work(Worker& worker, Asked asked) {
        for (;;) {
            auto reply = co_await deliverer.deliver(*asked.to, std::move(asked.request));
            give_back({asked.waiting, std::move(reply)});
            idle.push_back(&worker);
            asked = co_await worker.next.wait();
        }
    }

    void give_back(Answered answered) {
        if (turn.empty()) io::asio::post(out, [this] { hand_back(); });
        turn.push_back(std::move(answered));
    }

    void hand_back() {
        // Refused only once the net thread's side is closed.
        static_cast<void>(replies.put_all(std::exchange(turn, {})));
    }

    io::asio::io_context& out;
    Deliverer& deliverer;
    io::NetQueue<Answered>& replies;
    std::vector<std::unique_ptr<Worker>> workers;
    std::vector<Worker*> idle;
    std::vector<Answered> turn;
};

Dispatch::Dispatch(io::asio::io_context& net, io::asio::io_context& out, Deliverer& deliverer)
    : net_(net),
      replies_(net, kQueueMax, [this](std::vector<Answered> batch) { take_replies(std::move(batch)); }),
      out_(std::make_unique<OutSide>(out, deliverer, replies_)),
      asked_(out, kQueueMax, [side = out_.get()](std::vector<Asked> batch) { side->take_asked(std::move(batch)); }) {}

Dispatch::~Dispatch() = default;

void Dispatch::deliver(const Destination& to, Request request, io::Suspended<Reply>& waiting) {
    if (turn_.empty()) io::asio::post(net_, [this] { hand_over(); });
    turn_.push_back({&to, std::move(request), &waiting});
}

void Dispatch::hand_over() {
    const bool is_taken = asked_.put_all(std::exchange(turn_, {}));
    POSTHORN_ASSERT(is_taken);
}

void Dispatch::take_replies(std::vector<Answered> batch) {
    is_in_batch_ = true;
    for (auto& answered : batch) answered.waiting->resume(std::move(answered.reply));
    is_in_batch_ = false;
    if (batch_end_) batch_end_();
}

}  // namespace posthorn::deliver
