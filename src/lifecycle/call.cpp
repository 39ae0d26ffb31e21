#include "lifecycle/call.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace posthorn::lifecycle {

Reception CallResult::reception() const {
    if (!answer) return was_sent ? Reception::unknown : Reception::not_sent;
    switch (answer->status) {
        case 200:
        case 201:
        case 204: return Reception::taken;
        case 502:
        case 504: return Reception::unknown;
        case 408:
        case 425:
        case 429: return Reception::refused_for_now;
        default: return answer->status >= 500 ? Reception::refused_for_now : Reception::refused;
    }
}

io::Task<CallResult> call(io::Dialer& dialer, io::DialTarget target, std::string request, Millis limit,
                          http::AnswerLimits limits) {
    const auto started = std::chrono::steady_clock::now();
    target.connect_timeout = std::min(target.connect_timeout, limit);
    auto dialed = co_await dialer.dial(std::move(target));
    CallResult result;
    result.failure = std::move(dialed.failure);
    if (!dialed.stream) co_return result;

    result.was_sent = true;
    const auto passed = std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now() - started);
    const auto left = std::max(limit - passed, Millis(1));
    http::ClientConnection connection(std::move(dialed.stream));
    auto answer = co_await connection.exchange(request, left, limits, started, dialed.times);
    if (answer) {
        result.answer = *std::move(answer);
    } else {
        const auto& error = answer.error();
        result.is_too_large = error.code == Errc::too_large;
        result.failure.failure = error.code == Errc::timeout ? model::Failure::answer_timeout : model::Failure::broken;
        result.failure.detail = error.detail;
    }
    connection.stream().close();
    co_return result;
}

}  // namespace posthorn::lifecycle
