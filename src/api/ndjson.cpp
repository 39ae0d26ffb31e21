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
    refuse_line(too_large(
        "A request has at most 64 MiB: this line and those behind it were not taken. Send them in another request."));
    co_await wait_until(0);
}

void NdjsonIntake::line(std::string_view text) {
    ++lines_;
    if (is_blank(text)) return;
    intake::Beside beside;
    beside.traceparent = traceparent_;
    auto posted = intake::read_event(text, beside, context_);
    if (!posted) return refuse_line(std::move(posted).error());
    auto& line = results_.emplace_back(*this, lines_);
    ++under_way_;
    if (posted->idempotency.key.empty()) engine_.accept(std::move(posted->event), line);
    else io::asio::co_spawn(engine_.net().get_executor(), accept_once(line, *std::move(posted)), io::asio::detached);
}

void NdjsonIntake::refuse_line(http::Problem problem) {
    results_.emplace_back(*this, lines_).result = tl::unexpected(std::move(problem));
}

io::Task<void> NdjsonIntake::accept_once(Line& line, intake::Posted posted) {
    auto receipt = co_await engine_.accept(std::move(posted.event), std::move(posted.idempotency));
    line.on_receipt(std::move(receipt));
}

void NdjsonIntake::Line::on_receipt(Result<engine::Receipt> receipt) {
    if (receipt) result = *std::move(receipt);
    else result = tl::unexpected(problem_of(receipt.error()));
    --intake.under_way_;
    if (intake.decided_.is_waiting() && intake.under_way_ <= intake.wanted_) intake.decided_.resume(true);
}

io::Task<void> NdjsonIntake::wait_until(std::size_t under_way_max) {
    if (under_way_ <= under_way_max) co_return;
    wanted_ = under_way_max;
    co_await decided_.wait();
}

Answer NdjsonIntake::answer() && {
    std::string text;
    std::size_t accepted = 0;
    const http::Problem* overloaded = nullptr;
    for (const auto& line : results_) {
        if (line.result) {
            ++accepted;
            text += receipt_json(*line.result);
        } else {
            auto problem = line.result.error();
            if (problem.status == 503) overloaded = &line.result.error();
            problem.members.emplace_back("line", std::to_string(line.number));
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
