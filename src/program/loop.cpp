#include "program/loop.h"

#include <csignal>
#include <vector>

#include "base/assert.h"

namespace posthorn::program {

Interrupt::Interrupt(io::asio::io_context& context) : signals_(context, SIGINT, SIGTERM) {
    signals_.async_wait([this](const boost::system::error_code& error, int) {
        if (error) return;
        is_raised_ = true;
        signals_.clear();
        if (action_) action_();
    });
}

Result<std::unique_ptr<Loop>> Loop::make(const std::string& ca_file) {
    std::unique_ptr<Loop> loop(new Loop());
    std::vector<io::Network> everything;
    for (const auto* text : {"0.0.0.0/0", "::/0"}) {
        auto network = io::Network::parse(text);
        POSTHORN_ASSERT(network);
        everything.push_back(*std::move(network));
    }
    io::AddressRules rules(io::Mode::dev, std::move(everything));
    POSTHORN_TRY(loop->outgoing_,
                 io::Outgoing::make(loop->context_, loop->wheel_, std::move(rules), {.ca_file = ca_file}));
    return loop;
}

Loop::~Loop() { wheel_.stop(); }

bool Loop::run_until(const std::function<bool()>& is_done, std::chrono::milliseconds wait) {
    const auto end = std::chrono::steady_clock::now() + wait;
    context_.restart();
    const auto work = io::asio::make_work_guard(context_);
    while (!is_done()) {
        if (std::chrono::steady_clock::now() >= end) return false;
        context_.run_one_until(end);
    }
    return true;
}

void Loop::run_until_signal() {
    bool is_signalled = false;
    io::asio::signal_set signals(context_, SIGINT, SIGTERM);
    signals.async_wait([&](const boost::system::error_code&, int) { is_signalled = true; });
    context_.restart();
    while (!is_signalled && context_.run_one() > 0) {
    }
}

}  // namespace posthorn::program
