#include "api/ndjson.h"

#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

namespace posthorn::api {

namespace {

/// Lines that may wait for the journal at once: enough for a full group, little memory.
constexpr std::size_t kUnderWayMax = 1024;

http::Problem too_large(std::string detail) { return {413, "too-large", "Too large", std::move(detail)}; }

bool is_blank(std::string_view line) { return line.find_first_not_of(" \t\r") == std::string_view::npos; }

}  // namespace

io::Task<void> NdjsonIntake::take(std::string_view piece) {
    for (std::size_t at = 0; at < piece.size();) {
        const auto end = piece.find('\n', at);
        const auto part = piece.substr(at, end == std::string_view::npos ? end : end - at);
        at = end == std::string_view::npos ? piece.size() : end + 1;
        if (!is_skipping_ && unfinished_.size() + part.size() > intake::kEventBytesMax) {
            ++lines_;
            refuse_line(too_large("An event has at most 1 MiB."));
            --lines_;
            is_skipping_ = true;
            unfinished_.clear();
        }
        if (end == std::string_view::npos) {
            if (!is_skipping_) unfinished_ += part;
            break;
        }
        if (is_skipping_) {
            ++lines_;
            is_skipping_ = false;
        } else if (unfinished_.empty()) {
            line(part);
        } else {
            unfinished_ += part;
            line(std::exchange(unfinished_, {}));
        }
    }
    co_await wait_until(kUnderWayMax);
}

io::Task<void> NdjsonIntake::finish() {
    if (!unfinished_.empty()) line(std::exchange(unfinished_, {}));
    co_await wait_until(0);
}

io::Task<void> NdjsonIntake::refuse_rest() {
    ++lines_;
    refuse_line(too_large("A request has at most 64 MiB: this line and those behind it were not taken. Send them in another request."));
    co_await wait_until(0);
}

void NdjsonIntake::line(std::string_view text) {
    ++lines_;
    if (is_blank(text)) return;
    intake::Beside beside;
    auto posted = intake::read_event(text, beside, context_);
    if (!posted) return refuse_line(std::move(posted).error());
    results_.emplace_back(lines_, engine::Receipt{});
    ++under_way_;
    io::asio::co_spawn(engine_.net().get_executor(), post(results_.size() - 1, *std::move(posted)), io::asio::detached);
}

void NdjsonIntake::refuse_line(http::Problem problem) { results_.emplace_back(lines_, tl::unexpected(std::move(problem))); }

io::Task<void> NdjsonIntake::post(std::size_t index, intake::Posted posted) {
    results_[index].second = co_await accept(engine_, std::move(posted));
    --under_way_;
    if (resume_ && under_way_ <= wanted_) std::exchange(resume_, {})(true);
}

io::Task<void> NdjsonIntake::wait_until(std::size_t under_way_max) {
    if (under_way_ <= under_way_max) co_return;
    wanted_ = under_way_max;
    std::function<void(std::function<void(bool)>)> wait = [this](std::function<void(bool)> resume) {
        resume_ = std::move(resume);
    };
    co_await io::from_callback<bool>(std::move(wait));
}

Answer NdjsonIntake::answer() && {
    std::string text;
    std::size_t accepted = 0;
    const http::Problem* overloaded = nullptr;
    for (const auto& [number, posting] : results_) {
        if (posting) {
            ++accepted;
            text += receipt_json(*posting);
        } else {
            auto problem = posting.error();
            if (problem.status == 503) overloaded = &posting.error();
            problem.members.emplace_back("line", std::to_string(number));
            text += http::to_json(problem);
        }
        text += '\n';
    }
    if (accepted == 0 && overloaded != nullptr) return tl::unexpected(*overloaded);
    http::Response response;
    response.headers.emplace_back("Content-Type", "application/x-ndjson");
    response.body = std::move(text);
    return response;
}

}  // namespace posthorn::api
