#include "io/stream.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include <boost/asio/append.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/write.hpp>

#include "base/assert.h"
#include "io/endpoint_text.h"
#include "io/stream_impl.h"

namespace posthorn::io {
namespace {

using boost::system::error_code;
using ReadResult = Result<std::size_t>;

constexpr std::size_t kTlsRecordBytes = 16 * 1024;  // RFC 8446 section 5.1.

/// Ends a read: turns Asio's words into ours and gives up the operation's hold on the stream.
template <class Pointer, class Handler>
struct ReadDone {
    Pointer impl;
    Handler handler;

    void operator()(error_code error, std::size_t count) {
        // The stream may end with the caller, who runs within the last line.
        const Pointer held = std::move(impl);
        --held->operations;
        if (!error) return std::move(handler)(ReadResult(count));
        if (error == asio::error::eof) return std::move(handler)(ReadResult(std::size_t{0}));
        std::move(handler)(ReadResult(held->failure(error)));
    }

    using executor_type = asio::associated_executor_t<Handler>;
    executor_type get_executor() const noexcept { return asio::get_associated_executor(handler); }
    using cancellation_slot_type = asio::associated_cancellation_slot_t<Handler>;
    cancellation_slot_type get_cancellation_slot() const noexcept {
        return asio::get_associated_cancellation_slot(handler);
    }
};

/// Starts a read. Reading is an operation of its own with our result rather than a coroutine around Asio's: that
/// saves a coroutine frame and a resumption per read.
template <class Pointer>
struct StartRead {
    Pointer impl;
    asio::mutable_buffer into;

    template <class Handler>
    void operator()(Handler&& handler) {
        if (auto refusal = impl->refusal()) {
            // Not at once: the caller is not suspended yet.
            asio::post(impl->socket.get_executor(),
                       asio::append(std::forward<Handler>(handler), ReadResult(*std::move(refusal))));
            return;
        }
        ++impl->operations;
        ReadDone<Pointer, std::decay_t<Handler>> done{impl, std::forward<Handler>(handler)};
        if (impl->tls) {
            impl->tls->async_read_some(into, std::move(done));
        } else {
            impl->socket.async_read_some(into, std::move(done));
        }
    }
};

}  // namespace

Stream::Impl::Impl(Socket socket_in, TimerWheel& wheel_in) : socket(std::move(socket_in)), wheel(wheel_in) {
    error_code ignored;
    // A request is one write, and its answer another: waiting for more to send only costs time.
    socket.set_option(Tcp::no_delay(true), ignored);
    remote = socket.remote_endpoint(ignored);
    address = to_text(remote);
}

Stream::Impl::~Impl() {
    // OpenSSL takes a connection that just ends for a failed one, and spoils its session for resumption. How
    // far the peer's bytes were complete is for the HTTP layer to judge.
    if (tls) SSL_set_shutdown(tls->native_handle(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
}

void Stream::Impl::expire() {
    is_expired = true;
    error_code ignored;
    socket.cancel(ignored);
    // A step of a composed operation (TLS) that had ended before the cancel is followed by a next step, which
    // the cancel did not meet. So cancel again until nothing is under way.
    if (operations > 0) deadline.set(wheel, TimerWheel::kTick, [this] { expire(); });
}

void Stream::Impl::close() {
    deadline.clear();
    error_code ignored;
    socket.close(ignored);
}

std::optional<Error> Stream::Impl::refusal() const {
    if (is_expired) return fail(Errc::timeout, "the time limit has passed");
    if (!socket.is_open()) return fail(Errc::broken, "the connection is closed");
    return std::nullopt;
}

Error Stream::Impl::failure(const error_code& error) const {
    if (is_expired) return fail(Errc::timeout, "the time limit has passed");
    if (error == asio::error::operation_aborted || error == asio::error::bad_descriptor)
        return fail(Errc::broken, "the connection was closed");
    if (error == asio::ssl::error::stream_truncated)
        return fail(Errc::broken, "the other side ended the connection without ending TLS");
    if (error == asio::error::connection_reset || error == asio::error::broken_pipe)
        return fail(Errc::broken, "the other side broke the connection");
    return fail(Errc::broken, error.message());
}

Stream::Stream(Socket socket, TimerWheel& wheel) : impl_(new Impl(std::move(socket), wheel)) {}

Stream::~Stream() {
    if (impl_) impl_->close();
}

Stream::Stream(Stream&&) noexcept = default;

Stream& Stream::operator=(Stream&& other) noexcept {
    if (this == &other) return *this;
    if (impl_) impl_->close();
    impl_ = std::move(other.impl_);
    return *this;
}

void Stream::expires_after(std::chrono::milliseconds wait) {
    if (!impl_->socket.is_open()) return;
    impl_->is_expired = false;
    impl_->deadline.set(impl_->wheel, wait, [impl = impl_.get()] { impl->expire(); });
}

void Stream::expires_never() {
    impl_->is_expired = false;
    impl_->deadline.clear();
}

Task<ReadResult> Stream::read_some(asio::mutable_buffer into) {
    POSTHORN_ASSERT(into.size() > 0);
    return asio::async_initiate<const asio::use_awaitable_t<Executor>, void(ReadResult)>(
        StartRead<boost::intrusive_ptr<Impl>>{impl_, into}, asio::use_awaitable_t<Executor>());
}

std::size_t Stream::send_now(std::string_view bytes) {
    if (impl_->tls || impl_->refusal()) return 0;
    const auto sent = ::send(impl_->socket.native_handle(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    return sent > 0 ? static_cast<std::size_t>(sent) : 0;
}

Task<Result<void>> Stream::write(asio::const_buffer bytes) { return write(bytes, asio::const_buffer()); }

Task<Result<void>> Stream::write(asio::const_buffer head, asio::const_buffer body) {
    const auto impl = impl_;
    const StreamOperation operation(impl);
    if (auto refusal = impl->refusal()) co_return *std::move(refusal);
    std::array<asio::const_buffer, 2> buffers{head, body};
    if (impl->tls) {
        // Asio makes a record and a system call of each buffer; a copy of what fits one record costs less.
        std::string joined;
        if (head.size() > 0 && body.size() > 0 && head.size() + body.size() <= kTlsRecordBytes) {
            joined.reserve(head.size() + body.size());
            joined.append(static_cast<const char*>(head.data()), head.size());
            joined.append(static_cast<const char*>(body.data()), body.size());
            buffers = {asio::buffer(joined), asio::const_buffer()};
        }
        const auto [error, count] = co_await asio::async_write(*impl->tls, buffers, as_result);
        if (error) co_return impl->failure(error);
        co_return Result<void>();
    }
    // The kernel nearly always has room, so the bytes go out without a turn of the event loop.
    while (true) {
        std::array<iovec, 2> pieces{};
        std::size_t pieces_count = 0;
        for (const auto& buffer : buffers) {
            if (buffer.size() > 0) pieces[pieces_count++] = iovec{const_cast<void*>(buffer.data()), buffer.size()};
        }
        if (pieces_count == 0) co_return Result<void>();
        msghdr header{};
        header.msg_iov = pieces.data();
        header.msg_iovlen = pieces_count;
        const auto sent = ::sendmsg(impl->socket.native_handle(), &header, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent >= 0) {
            auto left = static_cast<std::size_t>(sent);
            for (auto& buffer : buffers) {
                const auto taken = std::min(left, buffer.size());
                buffer += taken;
                left -= taken;
            }
            continue;
        }
        if (errno == EINTR) continue;
        if (errno != EAGAIN && errno != EWOULDBLOCK)
            co_return impl->failure(error_code(errno, boost::system::system_category()));
        const auto [error] = co_await impl->socket.async_wait(Socket::wait_write, as_result);
        if (error) co_return impl->failure(error);
        if (auto refusal = impl->refusal()) co_return *std::move(refusal);
    }
}

Task<Result<void>> Stream::finish_sending() {
    const auto impl = impl_;
    const StreamOperation operation(impl);
    if (auto refusal = impl->refusal()) co_return *std::move(refusal);
    if (impl->tls) {
        // Asio also waits for the peer's answer to close_notify, which not everybody sends.
        const auto [error] = co_await impl->tls->async_shutdown(as_result);
        const bool is_ended = !error || error == asio::error::eof || error == asio::ssl::error::stream_truncated;
        if (!is_ended) co_return impl->failure(error);
        co_return Result<void>();
    }
    error_code error;
    impl->socket.shutdown(Socket::shutdown_send, error);
    if (error) co_return impl->failure(error);
    co_return Result<void>();
}

void Stream::close() { impl_->close(); }

bool Stream::is_open() const { return impl_ && impl_->socket.is_open(); }

bool Stream::is_tls() const { return impl_->tls != nullptr; }

bool Stream::is_stale() {
    if (!impl_->socket.is_open() || impl_->is_expired) return true;
    char byte = 0;
    // Whatever is there, nobody asked for it: the end, an answer to nothing, TLS's close_notify. (The session
    // tickets of TLS 1.3 come before the first answer and were read with it.)
    const auto count = ::recv(impl_->socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return count >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

Endpoint Stream::remote() const { return impl_->remote; }
const std::string& Stream::address() const { return impl_->address; }

}  // namespace posthorn::io
