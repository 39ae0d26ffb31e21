#include "http/client.h"

#include <algorithm>
#include <limits>
#include <optional>

#include <fmt/format.h>
#include <boost/beast/core/string.hpp>

#include "http/input_buffer.h"
#include "wire/http1.h"

namespace posthorn::http {

namespace {

using Steady = std::chrono::steady_clock;

// Most answers have no more in all.
constexpr std::size_t kHeadBytes = 2 * 1024;
constexpr std::size_t kBodyBytes = 8 * 1024;
constexpr int kInterimAnswersMax = 16;
// As sent by servers of all kinds; more than a server of ours would take.
constexpr wire::Http1Limits kAnswerLimits{
    .head_bytes_max = 64 * 1024, .target_bytes_max = 8 * 1024, .headers_max = 200};

std::int32_t micros_since(Steady::time_point started) {
    const auto passed = std::chrono::duration_cast<std::chrono::microseconds>(Steady::now() - started).count();
    return static_cast<std::int32_t>(std::min<std::int64_t>(passed, std::numeric_limits<std::int32_t>::max()));
}

// Counts a body and keeps its beginning.
struct BodySink {
    std::string& kept;
    std::size_t kept_max;
    std::uint64_t total = 0;

    void put(std::string_view data) {
        total += data.size();
        kept += data.substr(0, kept_max - kept.size());
    }
    bool is_cut() const { return total > kept.size(); }
};

}  // namespace

std::optional<std::string> Answer::header(std::string_view name) const {
    for (const auto& [known, value] : headers) {
        if (boost::beast::iequals(known, name)) return value;
    }
    return std::nullopt;
}

struct ClientConnection::Impl {
    explicit Impl(std::unique_ptr<io::Stream> stream_) : stream(std::move(stream_)), input(0) {}

    std::unique_ptr<io::Stream> stream;
    InputBuffer input;
    wire::ResponseParser parser{kAnswerLimits};
    bool is_usable = true;
    bool was_sent = false;

    // Reads more behind what waits; 0 at the end. Broken connections are told in the peer's terms.
    io::Task<Result<std::size_t>> fill(std::string_view what) {
        if (input.tail_size() == 0) input.make_room(std::max<std::size_t>(input.size(), kHeadBytes / 2));
        auto count = co_await stream->read_some(input.tail());
        if (count) {
            input.filled(*count);
            co_return count;
        }
        if (count.error().code == Errc::timeout) {
            co_return fail(Errc::timeout, fmt::format("The time for the answer was up while waiting for {}.", what));
        }
        co_return fail(Errc::broken,
                       fmt::format("The connection broke while waiting for {}: {}", what, count.error().detail));
    }

    // The same for a body: what was before it is needed no more.
    io::Task<Result<std::size_t>> fill_body() {
        if (input.empty()) input.shrink(kBodyBytes);
        else input.rewind(0);
        return fill("the rest of the answer's body");
    }

    io::Task<Result<void>> read_head(Steady::time_point started, model::AttemptTimes& times) {
        bool has_begun = false;
        for (;;) {
            if (!input.empty()) {
                if (!has_begun) times.first_byte_us = micros_since(started);
                has_begun = true;
                const auto progress = parser.parse(input.data());
                if (progress == wire::Progress::complete) co_return Result<void>();
                if (progress == wire::Progress::refused) {
                    co_return fail(Errc::broken, "The answer is no valid HTTP: " + parser.fault().detail);
                }
            }
            const std::string_view what = has_begun ? "the rest of the answer's headers" : "the answer";
            const auto count = co_await fill(what);
            if (!count) co_return count.error();
            if (*count == 0) {
                co_return fail(Errc::broken, has_begun
                                                 ? "The connection was closed in the middle of the answer's headers."
                                                 : "The connection was closed without an answer.");
            }
        }
    }

    // True: the body was read to its end.
    io::Task<Result<bool>> read_length(std::uint64_t length, std::uint64_t read_max, BodySink& sink) {
        while (sink.total < length) {
            if (sink.total >= read_max) co_return false;
            if (input.empty()) {
                const auto count = co_await fill_body();
                if (!count) co_return count.error();
                if (*count == 0) {
                    co_return fail(Errc::broken, fmt::format("The connection was closed after {} of the {} bytes of "
                                                             "the answer's body.",
                                                             sink.total, length));
                }
            }
            const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(length - sink.total, input.size()));
            sink.put(input.data().substr(0, size));
            input.take(size);
        }
        co_return true;
    }

    io::Task<Result<bool>> read_chunks(std::uint64_t read_max, BodySink& sink) {
        wire::ChunkedReader chunks;
        for (;;) {
            if (sink.total > read_max) co_return false;
            if (!input.empty()) {
                wire::ChunkedReader::Piece piece;
                const auto progress = chunks.read(input.data(), piece);
                sink.put(piece.data);
                input.take(piece.taken);
                if (progress == wire::Progress::complete) co_return true;
                if (progress == wire::Progress::refused) {
                    co_return fail(Errc::broken, "The answer is no valid HTTP: " + chunks.fault().detail);
                }
                if (!piece.data.empty()) continue;
            }
            const auto count = co_await fill_body();
            if (!count) co_return count.error();
            if (*count == 0) {
                co_return fail(Errc::broken, fmt::format("The connection was closed after {} bytes of the answer's "
                                                         "body, before its last chunk.",
                                                         sink.total));
            }
        }
    }

    io::Task<Result<bool>> read_to_close(std::uint64_t read_max, BodySink& sink) {
        for (;;) {
            sink.put(input.data());
            input.take(input.size());
            if (sink.total > read_max) co_return false;
            const auto count = co_await fill_body();
            if (!count) co_return count.error();
            if (*count == 0) co_return true;
        }
    }

    io::Task<Result<bool>> read_body(std::uint64_t read_max, BodySink& sink) {
        const wire::ResponseHead& head = parser.head();
        if (head.is_chunked) co_return co_await read_chunks(read_max, sink);
        if (head.content_length) co_return co_await read_length(*head.content_length, read_max, sink);
        co_return co_await read_to_close(read_max, sink);
    }
};

ClientConnection::ClientConnection(std::unique_ptr<io::Stream> stream)
    : impl_(std::make_unique<Impl>(std::move(stream))) {}
ClientConnection::~ClientConnection() = default;

io::Task<Result<Answer>> ClientConnection::exchange(std::string_view request, std::chrono::milliseconds timeout,
                                                    AnswerLimits limits, Steady::time_point started,
                                                    model::AttemptTimes& times) {
    Impl& impl = *impl_;
    if (!impl.is_usable || !impl.input.empty()) co_return fail(Errc::broken, "The connection cannot be used again.");
    impl.is_usable = false;  // Until this exchange has ended well.
    impl.input.shrink(kHeadBytes);
    impl.stream->expires_after(timeout);

    Result<void> written;
    const auto sent = impl.stream->send_now(request);
    if (sent < request.size()) {
        const io::asio::const_buffer rest(request.data() + sent, request.size() - sent);
        written = co_await impl.stream->write(rest);
    }
    impl.was_sent = written.has_value();
    if (!written && written.error().code == Errc::timeout) {
        co_return fail(Errc::timeout, "The time for the answer was up before the request was sent.");
    }
    // A server may refuse a request (401, 413) and close before it has read it all: its answer counts.

    int interim = 0;
    do {
        impl.parser.restart();
        auto head = co_await impl.read_head(started, times);
        if (!head) {
            if (!written) co_return fail(Errc::broken, "The request could not be sent: " + written.error().detail);
            co_return head.error();
        }
        const std::uint16_t status = impl.parser.head().status;
        if (status >= 200) break;
        if (status == 101) co_return fail(Errc::broken, "The answer is 101, though no other protocol was asked for.");
        impl.input.take(impl.parser.head_bytes());
        if (++interim > kInterimAnswersMax)
            co_return fail(Errc::broken, "The answers with a status of 1xx do not end.");
    } while (true);

    const wire::ResponseHead& head = impl.parser.head();
    Answer answer;
    answer.status = head.status;
    answer.headers.reserve(head.headers.size());
    for (const auto& [name, value] : head.headers) answer.headers.emplace_back(name, value);
    impl.input.take(impl.parser.head_bytes());

    const bool has_body = head.has_body() && !request.starts_with("HEAD ");
    bool is_whole = true;
    if (has_body) {
        const std::uint64_t length = head.content_length.value_or(0);
        if (limits.too_long_is_error && length > limits.body_read_max) {
            co_return fail(Errc::too_large, fmt::format("The answer's body has {} bytes; {} are taken at most.", length,
                                                        limits.body_read_max));
        }
        BodySink sink{answer.body, std::min(limits.body_kept_max, limits.body_read_max)};
        const auto whole = co_await impl.read_body(limits.body_read_max, sink);
        if (!whole) co_return whole.error();
        is_whole = *whole;
        if (!is_whole && limits.too_long_is_error) {
            co_return fail(Errc::too_large, fmt::format("The answer's body is longer than the {} bytes that are taken.",
                                                        limits.body_read_max));
        }
        answer.is_body_cut = !is_whole || sink.is_cut();
    }
    times.total_us = micros_since(started);
    // Bytes behind the answer belong to nothing that was asked.
    answer.keep_alive = is_whole && written && head.keep_alive && impl.input.empty();
    impl.is_usable = answer.keep_alive;
    impl.input.shrink(0);  // Thousands of idle connections are kept.
    impl.stream->expires_never();
    co_return answer;
}

bool ClientConnection::was_sent() const { return impl_->was_sent; }

bool ClientConnection::is_reusable() {
    return impl_->is_usable && impl_->stream->is_open() && !impl_->stream->is_stale();
}

io::Stream& ClientConnection::stream() { return *impl_->stream; }

}  // namespace posthorn::http
