// How a connection reads the body of a request.

#include <algorithm>

#include <fmt/format.h>

#include "http/connection.h"

namespace posthorn::http {

namespace {

using namespace std::chrono_literals;

// A slower body is cut off: 1 KiB/s, counted from its first wait.
constexpr std::uint64_t kBytesPerSecondMin = 1024;
constexpr std::size_t kPieceBytes = 64 * 1024;
constexpr std::uint64_t kUnreadBytesMax = 8 * 1024 * 1024;
constexpr std::chrono::milliseconds kDropTimeout = 30s;

}  // namespace

Error Connection::too_large(std::size_t bytes_max) {
    fault_ = {413, fmt::format("The body is larger than {} bytes.", bytes_max)};
    return fail(Errc::too_large, fault_.detail);
}

io::Task<Result<void>> Connection::send_continue() {
    is_continue_due_ = false;
    co_return co_await write("HTTP/1.1 100 Continue\r\n\r\n", std::string_view());
}

// Reads from the socket, within the body's time. What has come of it counts toward its speed.
io::Task<Result<std::size_t>> Connection::read_body_bytes(io::asio::mutable_buffer into) {
    if (is_broken_) co_return fail(Errc::broken, "The connection is broken.");
    if (is_continue_due_) {
        const auto sent = co_await send_continue();
        if (!sent) co_return sent.error();
    }
    const auto now = Steady::now();
    if (body_began_ == Steady::time_point()) body_began_ = now;
    const auto used = std::chrono::duration_cast<std::chrono::milliseconds>(now - body_began_);
    const auto earned = std::chrono::milliseconds(body_received_ * 1000 / kBytesPerSecondMin);
    const auto longest = shared_->options.body_timeout;
    const auto wait = std::min(longest, longest + earned - used);
    // A deadline that has passed already is left to the timer, so that there is one way to end.
    stream_.expires_after(std::max(wait, 1ms));
    auto count = co_await stream_.read_some(into);
    if (!count) {
        closes_after_ = true;
        if (count.error().code == Errc::timeout) {
            // The answer (408 perhaps) can still be written, but the rest of the body is not waited for.
            fault_ = {408, "The request's body did not come in time."};
            co_return fail(Errc::timeout, fault_.detail);
        }
        is_broken_ = true;
        co_return count;
    }
    if (*count == 0) {
        is_broken_ = true;
        co_return fail(Errc::broken, "The client closed the connection in the middle of its request's body.");
    }
    body_received_ += *count;
    co_return count;
}

io::Task<Result<std::string_view>> Connection::read_body(std::size_t bytes_max) {
    if (is_body_done_) co_return std::string_view();
    if (chunks_) co_return co_await read_chunks(bytes_max);
    if (body_left_ > bytes_max) {
        // With "Expect" the client has not begun to send it.
        if (!is_continue_due_) {
            const bool is_whole = co_await drop_body(kUnreadBytesMax);
            if (!is_whole) closes_after_ = true;
        }
        co_return too_large(bytes_max);
    }
    const auto length = static_cast<std::size_t>(body_left_);
    if (input_.size() < length && length - input_.size() > input_.tail_size()) {
        co_return co_await read_rest_of_length(length);
    }
    while (input_.size() < length) {
        const auto count = co_await read_body_bytes(input_.tail());
        if (!count) co_return count.error();
        input_.filled(*count);
    }
    const std::string_view body = input_.data().substr(0, length);
    input_.take(length);
    body_left_ = 0;
    is_body_done_ = true;
    co_return body;
}

// A body that does not fit behind its head. It grows with what comes, not with what Content-Length promises.
io::Task<Result<std::string_view>> Connection::read_rest_of_length(std::size_t length) {
    body_.assign(input_.data());
    input_.take(input_.size());
    body_left_ -= body_.size();
    std::size_t filled = body_.size();
    while (filled < length) {
        if (filled == body_.size()) body_.resize(std::min(length, std::max(kPieceBytes, filled * 2)));
        const io::asio::mutable_buffer rest(body_.data() + filled, body_.size() - filled);
        const auto count = co_await read_body_bytes(rest);
        if (!count) co_return count.error();
        filled += *count;
        body_left_ -= *count;
    }
    is_body_done_ = true;
    co_return std::string_view(body_);
}

io::Task<Result<std::string_view>> Connection::read_chunks(std::size_t bytes_max) {
    body_.clear();
    for (;;) {
        const auto data = co_await next_chunk_data();
        if (!data) co_return data.error();
        if (data->empty()) co_return std::string_view(body_);
        if (data->size() > bytes_max - body_.size()) {
            const bool is_whole = co_await drop_body(kUnreadBytesMax);
            if (!is_whole) closes_after_ = true;
            co_return too_large(bytes_max);
        }
        body_ += *data;
    }
}

io::Task<Result<std::string_view>> Connection::next_chunk_data() {
    for (;;) {
        if (!input_.empty()) {
            wire::ChunkedReader::Piece piece;
            const auto progress = chunks_->read(input_.data(), piece);
            input_.take(piece.taken);
            if (progress == wire::Progress::complete) {
                is_body_done_ = true;
                co_return std::string_view();
            }
            if (progress == wire::Progress::refused) {
                closes_after_ = true;
                fault_ = chunks_->fault();
                co_return fail(Errc::broken, fault_.detail);
            }
            if (!piece.data.empty()) co_return piece.data;
        }
        input_.rewind(body_at_);
        if (input_.tail_size() == 0) {
            closes_after_ = true;
            fault_.detail = "A chunk's head or the trailers of the body are too long.";
            co_return fail(Errc::broken, fault_.detail);
        }
        const auto count = co_await read_body_bytes(input_.tail());
        if (!count) co_return count.error();
        input_.filled(*count);
    }
}

io::Task<Result<std::string_view>> Connection::read_body_piece() {
    if (is_body_done_) co_return std::string_view();
    if (chunks_) co_return co_await next_chunk_data();

    std::string_view piece;
    if (!input_.empty()) {
        piece = input_.data().substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(body_left_, input_.size())));
        input_.take(piece.size());
    } else {
        // No more than the body's rest is read, so that the next request stays in the socket.
        if (body_.size() < kPieceBytes) body_.resize(kPieceBytes);
        const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(body_left_, kPieceBytes));
        const io::asio::mutable_buffer into(body_.data(), wanted);
        const auto count = co_await read_body_bytes(into);
        if (!count) co_return count.error();
        piece = std::string_view(body_.data(), *count);
    }
    body_left_ -= piece.size();
    if (body_left_ == 0) is_body_done_ = true;
    co_return piece;
}

// Reads and drops at most `bytes_max`. True when that was the whole rest.
io::Task<bool> Connection::drop_body(std::uint64_t bytes_max) {
    const auto end = Steady::now() + kDropTimeout;
    std::uint64_t dropped = 0;
    while (!is_body_done_) {
        if (dropped > bytes_max || Steady::now() > end || is_continue_due_) co_return false;
        const auto piece = co_await read_body_piece();
        if (!piece) co_return false;
        dropped += piece->size();
    }
    co_return true;
}

}  // namespace posthorn::http
