#include "http/connection.h"

#include <algorithm>
#include <exception>

#include "http/problem.h"

namespace posthorn::http {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t kInputBytes = 8 * 1024;
constexpr std::size_t kOutputKept = 16 * 1024;
// A body up to this size is read behind its head and never copied.
constexpr std::size_t kInPlaceMax = 16 * 1024;
constexpr std::chrono::milliseconds kWriteTimeout = 30s;
// What a client may still send while it does not read the answer yet, and how long it may take.
constexpr std::chrono::milliseconds kLingerTimeout = 2s;
constexpr std::uint64_t kUnreadBytesMax = 8 * 1024 * 1024;
constexpr std::size_t kCopyMax = 16 * 1024;
// A large answer is written in slices, each of which has kWriteTimeout.
constexpr std::size_t kWriteSlice = 256 * 1024;

}  // namespace

Connection::Connection(std::shared_ptr<ServerShared> shared, io::Stream stream, io::Endpoint peer)
    : shared_(std::move(shared)),
      stream_(std::move(stream)),
      peer_(peer),
      input_(kInputBytes),
      parser_(shared_->options.limits) {}

io::Task<void> Connection::run(io::asio::ssl::context* tls) {
    if (tls != nullptr) {
        stream_.expires_after(shared_->options.head_timeout);
        const auto secured = co_await stream_.handshake_as_server(*tls);
        if (!secured) co_return;
    }
    for (;;) {
        const bool has_request = co_await read_head();
        if (!has_request) break;
        begin_exchange();
        co_await serve();
        const bool goes_on = co_await finish_exchange();
        if (!goes_on) break;
    }
    if (stream_.is_tls() && !is_broken_) {
        // close_notify tells the client that nothing was cut off.
        stream_.expires_after(kLingerTimeout);
        (void)co_await stream_.finish_sending();
    }
    stream_.close();
}

io::Task<bool> Connection::read_head() {
    parser_.restart();
    is_idle_ = input_.empty();
    if (is_idle_) input_.shrink(kInputBytes);
    // A new connection has head_timeout for its first request; one that has shown itself may rest longer.
    const bool may_rest = is_idle_ && !is_first_;
    stream_.expires_after(may_rest ? shared_->options.idle_timeout : shared_->options.head_timeout);
    is_first_ = false;
    if (is_idle_ && shared_->is_stopping) co_return false;

    for (;;) {
        if (!input_.empty()) {
            const auto progress = parser_.parse(input_.data());
            if (progress == wire::Progress::complete) co_return true;
            if (progress == wire::Progress::refused) {
                is_idle_ = false;
                const wire::Http1Fault fault = parser_.fault();
                co_await refuse(fault.status, fault.detail);
                co_return false;
            }
            if (is_idle_) {
                is_idle_ = false;
                stream_.expires_after(shared_->options.head_timeout);
            }
        }
        if (input_.tail_size() == 0) input_.make_room(std::max<std::size_t>(input_.size(), kInputBytes / 2));
        const auto count = co_await stream_.read_some(input_.tail());
        if (!count) {
            if (count.error().code == Errc::timeout && !is_idle_) {
                co_await refuse(408, "The request's headers did not come in time.");
            }
            co_return false;
        }
        if (*count == 0) co_return false;
        input_.filled(*count);
    }
}

// Makes room behind the head before anything looks at it, so that its views need not move while the body comes.
void Connection::prepare_room() {
    const wire::RequestHead& request = parser_.head();
    const std::uint64_t length = request.content_length.value_or(0);
    if (!request.is_chunked && length <= input_.size() - parser_.head_bytes()) return;

    std::size_t wanted = kInputBytes / 2;
    if (!request.is_chunked && length <= kInPlaceMax) {
        wanted = static_cast<std::size_t>(length) - (input_.size() - parser_.head_bytes());
    } else if (!request.is_chunked) {
        return;  // It is read to elsewhere.
    }
    if (input_.tail_size() >= wanted) return;
    input_.make_room(wanted);
    parser_.restart();
    const auto again = parser_.parse(input_.data());
    POSTHORN_ASSERT(again == wire::Progress::complete);
}

void Connection::begin_exchange() {
    is_idle_ = false;
    prepare_room();
    input_.take(parser_.head_bytes());
    const wire::RequestHead& request = parser_.head();
    chunks_.reset();
    if (request.is_chunked) chunks_.emplace();
    body_.clear();
    body_left_ = request.content_length.value_or(0);
    body_received_ = 0;
    body_began_ = {};
    body_at_ = input_.position();
    fault_.status = 400;
    fault_.detail.clear();
    is_body_done_ = !request.is_chunked && body_left_ == 0;
    is_continue_due_ = request.expects_continue && !is_body_done_ && input_.empty();
    is_broken_ = false;
    closes_after_ = false;
    drops_pieces_ = false;
    reply_ = Reply::none;
    stream_.expires_never();
}

io::Task<void> Connection::serve() {
    bool has_thrown = false;
    try {
        co_await shared_->handler(*this);
    } catch (const std::exception&) {
        has_thrown = true;  // A library's exception that slipped through: this request fails, the server goes on.
    }
    if (reply_ == Reply::none) {
        if (has_thrown || fault_.detail.empty()) {
            fault_ = {500, has_thrown ? "The request failed inside the server."
                                      : "The server has no answer to this request."};
        }
        auto failure = problem(fault_.status, fault_.detail);
        (void)co_await respond(std::move(failure));
    }
}

io::Task<bool> Connection::finish_exchange() {
    // A stream without its end must not look whole: the connection breaks off instead.
    if (is_broken_ || reply_ == Reply::streaming) co_return false;
    if (!is_body_done_ && !closes_after_) {
        const bool is_whole = co_await drop_body(kUnreadBytesMax);
        if (!is_whole) closes_after_ = true;
    }
    if (is_broken_) co_return false;
    if (closes_after_) {
        if (!is_body_done_ || !input_.empty()) co_await linger();
        co_return false;
    }
    if (body_.capacity() > kOutputKept) body_ = {};
    if (out_.capacity() > kOutputKept) out_ = {};
    co_return true;
}

// Closing a socket whose input has not been read resets it, and the answer may be lost on its way: so what still
// comes is dropped until the client has had its answer and closes.
io::Task<void> Connection::linger() {
    stream_.expires_after(kLingerTimeout);
    // Within TLS the end has a word of its own, behind which nothing could be read.
    if (!stream_.is_tls()) {
        const auto finished = co_await stream_.finish_sending();
        if (!finished) co_return;
    }
    std::uint64_t dropped = input_.size();
    input_.take(input_.size());
    input_.shrink(kInputBytes);
    while (dropped < kUnreadBytesMax) {
        input_.rewind(0);
        const auto count = co_await stream_.read_some(input_.tail());
        if (!count || *count == 0) co_return;
        dropped += *count;
    }
}

bool Connection::ends_after_answer() const {
    const wire::RequestHead& request = parser_.head();
    if (!request.keep_alive || shared_->is_stopping) return true;
    if (is_body_done_) return false;
    // A client that waits for 100 may send its body or not: what comes next could be either.
    return is_continue_due_ || body_left_ > kUnreadBytesMax;
}

bool Connection::has_body_in_answer(unsigned status) const { return status >= 200 && status != 204 && status != 304; }

bool Connection::write_head(unsigned status, const HeaderList& headers) {
    const std::int64_t now =
        std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
    out_.clear();
    wire::append_status_line(out_, status);
    out_ += shared_->date.at(now);
    for (const auto& [name, value] : headers) {
        if (!wire::is_safe_header_value(value)) return false;
        wire::append_header(out_, name, value);
    }
    if (closes_after_) {
        out_ += "Connection: close\r\n";
    } else if (parser_.head().is_http_1_0) {
        out_ += "Connection: keep-alive\r\n";
    }
    return true;
}

io::Task<Result<void>> Connection::write(std::string_view head, std::string_view body) {
    do {
        const std::string_view slice = body.substr(0, kWriteSlice);
        body.remove_prefix(slice.size());
        stream_.expires_after(kWriteTimeout);
        auto written = co_await stream_.write(io::asio::const_buffer(head.data(), head.size()),
                                              io::asio::const_buffer(slice.data(), slice.size()));
        if (!written) {
            is_broken_ = true;
            co_return written;
        }
        head = {};
    } while (!body.empty());
    co_return Result<void>();
}

io::Task<Result<void>> Connection::respond(Response response) {
    POSTHORN_ASSERT(reply_ == Reply::none);
    reply_ = Reply::done;
    if (is_broken_) co_return fail(Errc::broken, "The connection is broken.");
    closes_after_ = closes_after_ || ends_after_answer();

    if (!write_head(response.status, response.headers)) {
        response = problem(500, "A header of the answer holds a line end.");
        (void)write_head(response.status, response.headers);
    }
    const bool has_body = has_body_in_answer(response.status);
    if (has_body) wire::append_header(out_, "Content-Length", std::uint64_t{response.body.size()});
    out_ += "\r\n";
    const bool sends_body = has_body && head().method != "HEAD";
    // A small body is quicker copied than sent from its own place, and makes one record of TLS.
    if (sends_body && response.body.size() <= kCopyMax) {
        out_ += response.body;
        const auto sent = stream_.send_now(out_);
        if (sent == out_.size()) co_return Result<void>();
        co_return co_await write(std::string_view(out_).substr(sent), std::string_view());
    }
    co_return co_await write(out_, sends_body ? std::string_view(response.body) : std::string_view());
}

io::Task<Result<void>> Connection::start_stream(unsigned status, HeaderList headers) {
    POSTHORN_ASSERT(reply_ == Reply::none);
    reply_ = Reply::streaming;
    if (is_broken_) co_return fail(Errc::broken, "The connection is broken.");
    const bool is_old = head().is_http_1_0;
    closes_after_ = is_old || ends_after_answer();
    drops_pieces_ = head().method == "HEAD" || !has_body_in_answer(status);
    if (!write_head(status, headers)) {
        is_broken_ = true;
        co_return fail(Errc::invalid, "A header of the answer holds a line end.");
    }
    if (!is_old && has_body_in_answer(status)) wire::append_header(out_, "Transfer-Encoding", "chunked");
    out_ += "\r\n";
    auto written = co_await write(out_, std::string_view());
    stream_.expires_never();
    co_return written;
}

io::Task<Result<void>> Connection::write_piece(std::string piece) {
    POSTHORN_ASSERT(reply_ == Reply::streaming);
    if (is_broken_) co_return fail(Errc::broken, "The connection is broken.");
    if (piece.empty() || drops_pieces_) co_return Result<void>();
    if (!head().is_http_1_0) {
        out_.clear();
        wire::append_chunk(out_, piece);
        piece.swap(out_);
    }
    auto written = co_await write(piece, std::string_view());
    if (written) stream_.expires_never();
    co_return written;
}

io::Task<Result<void>> Connection::finish_stream() {
    POSTHORN_ASSERT(reply_ == Reply::streaming);
    reply_ = Reply::done;
    if (is_broken_) co_return fail(Errc::broken, "The connection is broken.");
    if (drops_pieces_ || head().is_http_1_0) co_return Result<void>();
    co_return co_await write(wire::kLastChunk, std::string_view());
}

io::Task<void> Connection::refuse(unsigned status, std::string detail) {
    // Nothing is known of the request, HEAD included: its answer has a body, and the connection ends with it.
    closes_after_ = true;
    const Response response = problem(status, detail);
    (void)write_head(response.status, response.headers);
    wire::append_header(out_, "Content-Length", std::uint64_t{response.body.size()});
    out_ += "\r\n";
    out_ += response.body;
    const auto written = co_await write(out_, std::string_view());
    if (written) co_await linger();
}

}  // namespace posthorn::http
