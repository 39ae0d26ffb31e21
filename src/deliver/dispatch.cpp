#include "deliver/dispatch.h"

#include <utility>

#include <boost/asio/post.hpp>

#include "base/assert.h"
#include "io/workers.h"

namespace posthorn::deliver {

namespace {

// More than are ever under way: the engine's limit is 1024.
constexpr std::size_t kQueueMax = 1 << 16;

}  // namespace

struct Dispatch::OutSide {
    OutSide(io::asio::io_context& out_in, Deliverer& deliverer_in, io::NetQueue<Answered>& replies_in)
        : out(out_in), deliverer(deliverer_in), replies(replies_in) {}

    io::Task<void> deliver(Asked asked) {
        auto reply = co_await deliverer.deliver(*asked.to, std::move(asked.request));
        if (turn.empty()) io::asio::post(out, [this] { hand_back(); });
        turn.push_back({asked.waiting, std::move(reply)});
    }

    void hand_back() {
        // Refused only once the net thread's side is closed.
        static_cast<void>(replies.put_all(std::exchange(turn, {})));
    }

    io::asio::io_context& out;
    Deliverer& deliverer;
    io::NetQueue<Answered>& replies;
    std::vector<Answered> turn;
    io::Workers<Asked> workers{out, [this](Asked asked) { return deliver(std::move(asked)); }};
};

Dispatch::Dispatch(io::asio::io_context& net, io::asio::io_context& out, Deliverer& deliverer)
    : net_(net),
      replies_(net, kQueueMax, [this](std::vector<Answered> batch) { take_replies(std::move(batch)); }),
      out_(std::make_unique<OutSide>(out, deliverer, replies_)),
      asked_(out, kQueueMax, [side = out_.get()](std::vector<Asked> batch) {
          for (auto& asked : batch) side->workers.give(std::move(asked));
      }) {}

Dispatch::~Dispatch() = default;

io::Task<Reply> Dispatch::deliver(const Destination& to, Request request) {
    auto& waiting = new_waiting();
    if (turn_.empty()) io::asio::post(net_, [this] { hand_over(); });
    turn_.push_back({&to, std::move(request), &waiting});
    auto reply = co_await waiting.wait();
    free_.push_back(&waiting);
    co_return reply;
}

Dispatch::Waiting& Dispatch::new_waiting() {
    if (free_.empty()) return *waiting_.emplace_back(std::make_unique<Waiting>());
    auto& waiting = *free_.back();
    free_.pop_back();
    return waiting;
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
