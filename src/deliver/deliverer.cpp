#include "deliver/deliverer.h"

#include "wire/retry_after.h"

namespace posthorn::deliver {

namespace {

constexpr std::size_t kHeaderBytesKept = 8 * 1024;

/// "name: value" lines, as many as fit.
std::string kept_headers(const http::Answer& answer) {
    std::string lines;
    for (const auto& [name, value] : answer.headers) {
        if (lines.size() + name.size() + value.size() + 3 > kHeaderBytesKept) break;
        if (!lines.empty()) lines += '\n';
        lines.append(name).append(": ").append(value);
    }
    return lines;
}

void take_failure(const Error& error, model::Attempt& attempt) {
    attempt.failure = error.code == Errc::timeout ? model::Failure::answer_timeout
                      : error.code == Errc::tls   ? model::Failure::tls
                                                  : model::Failure::broken;
    attempt.detail = to_string(error);
}

}  // namespace

Deliverer::Deliverer(io::Dialer& dialer, io::TimerWheel& wheel, PoolLimits limits)
    : dialer_(dialer), pool_(wheel, limits) {}

io::Task<Reply> Deliverer::deliver(const Destination& to, Request request) {
    const auto started = std::chrono::steady_clock::now();
    Reply reply;
    auto& attempt = reply.attempt;
    attempt.started_at = wall_now();
    attempt.url = to.origin + request.target;

    auto connection = pool_.take(to.pool_key);
    bool is_kept = connection != nullptr;
    for (;;) {
        if (!connection) {
            auto dialed = co_await dialer_.dial(to.dial);
            attempt.times = dialed.times;
            attempt.address = std::move(dialed.address);
            if (!dialed.stream) {
                attempt.failure = dialed.failure.failure;
                attempt.detail = std::move(dialed.failure.detail);
                break;
            }
            connection = std::make_unique<http::ClientConnection>(std::move(dialed.stream));
        } else {
            attempt.address = connection->stream().address();
        }
        if (*to.is_gone) {
            reply.was_withdrawn = true;
            co_return reply;
        }
        const http::AnswerLimits limits;
        auto answer = co_await connection->exchange(request.bytes, to.answer_timeout, limits, started, attempt.times);
        if (!answer) {
            const bool was_idle_closed = is_kept && answer.error().code == Errc::broken && !connection->was_sent();
            connection.reset();
            if (was_idle_closed) {
                is_kept = false;
                attempt.times = {};
                continue;
            }
            take_failure(answer.error(), attempt);
            break;
        }
        attempt.status = answer->status;
        attempt.response_headers = kept_headers(*answer);
        attempt.response_body = std::move(answer->body);
        if (const auto asked = answer->header("Retry-After"))
            if (const auto wait = wire::parse_retry_after(*asked, std::chrono::floor<std::chrono::seconds>(wall_now())))
                reply.retry_after = *wait;
        if (answer->keep_alive) pool_.give(to.pool_key, std::move(connection));
        break;
    }
    attempt.times.total_us = static_cast<std::int32_t>(std::min<std::int64_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - started).count(),
        INT32_MAX));
    co_return reply;
}

}  // namespace posthorn::deliver
