// One request on a connection of its own.

#include "http/client.h"

namespace posthorn::http {

namespace {

io::DialFailure failure_of(const Error& error) {
    io::DialFailure failure;
    failure.detail = error.detail;
    failure.failure = error.code == Errc::timeout ? model::Failure::answer_timeout : model::Failure::broken;
    return failure;
}

}  // namespace

io::Task<Fetched> fetch(io::Dialer& dialer, io::DialTarget target, std::string request,
                        std::chrono::milliseconds answer_timeout, AnswerLimits limits) {
    const auto started = std::chrono::steady_clock::now();
    auto dialed = co_await dialer.dial(std::move(target));
    Fetched fetched;
    fetched.times = dialed.times;
    fetched.address = std::move(dialed.address);
    fetched.failure = std::move(dialed.failure);
    if (!dialed.stream) co_return fetched;

    ClientConnection connection(std::move(dialed.stream));
    auto answer = co_await connection.exchange(request, answer_timeout, limits, started, fetched.times);
    if (answer) {
        fetched.answer = *std::move(answer);
        fetched.failure.failure = model::Failure::none;
        fetched.failure.detail.clear();
    } else {
        fetched.failure = failure_of(answer.error());
    }
    connection.stream().close();
    co_return fetched;
}

}  // namespace posthorn::http
