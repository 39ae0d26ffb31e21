#pragma once
// One connection of the server: request after request, in order.

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "http/input_buffer.h"
#include "http/server.h"
#include "io/stream.h"
#include "wire/http1.h"

namespace posthorn::http {

/// What the connections of one server share.
struct ServerShared {
    Handler handler;
    ServerOptions options;
    wire::DateLine date;
    bool is_stopping = false;  ///< Answers say Connection: close.
};

/// Reads requests, calls the handler, writes its answers. It is itself the Exchange that the handler sees, so
/// that an exchange costs no allocation. Net thread only; lives until `run` has ended.
class Connection final : public Exchange {
public:
    Connection(std::shared_ptr<ServerShared> shared, io::Stream stream, io::Endpoint peer);

    /// Serves until either side ends it. With `tls` the handshake comes first.
    io::Task<void> run(io::asio::ssl::context* tls);

    /// Whether it waits for a request of which no byte has come.
    bool is_idle() const { return is_idle_; }
    void close() { stream_.close(); }

    const wire::RequestHead& head() const override { return parser_.head(); }
    io::Endpoint peer() const override { return peer_; }
    bool is_tls() const override { return stream_.is_tls(); }
    io::Task<Result<std::string_view>> read_body(std::size_t bytes_max) override;
    io::Task<Result<std::string_view>> read_body_piece() override;
    io::Task<Result<void>> respond(Response response) override;
    io::Task<Result<void>> start_stream(unsigned status, HeaderList headers) override;
    io::Task<Result<void>> write_piece(std::string piece) override;
    io::Task<Result<void>> finish_stream() override;

private:
    using Steady = std::chrono::steady_clock;
    enum class Reply : std::uint8_t { none, streaming, done };

    io::Task<bool> read_head();
    io::Task<void> serve();
    io::Task<bool> finish_exchange();
    void begin_exchange();
    void prepare_room();

    io::Task<Result<std::string_view>> read_rest_of_length(std::size_t length);
    io::Task<Result<std::string_view>> read_chunks(std::size_t bytes_max);
    io::Task<Result<std::string_view>> next_chunk_data();
    io::Task<Result<std::size_t>> read_body_bytes(io::asio::mutable_buffer into);
    Error too_large(std::size_t bytes_max);
    io::Task<Result<void>> send_continue();
    io::Task<bool> drop_body(std::uint64_t bytes_max);
    io::Task<void> linger();

    io::Task<void> refuse(unsigned status, std::string detail);
    io::Task<Result<void>> write(std::string_view head, std::string_view body);
    bool ends_after_answer() const;
    bool has_body_in_answer(unsigned status) const;
    /// Puts the head into out_, without the empty line. False: a header could not be written as it stands.
    bool write_head(unsigned status, const HeaderList& headers);

    std::shared_ptr<ServerShared> shared_;
    io::Stream stream_;
    io::Endpoint peer_;
    InputBuffer input_;
    wire::RequestParser parser_;
    std::string out_;  // Kept from answer to answer.

    // Of the exchange under way.
    std::optional<wire::ChunkedReader> chunks_;
    std::string body_;                // A body that does not fit into the input buffer, or a piece of it.
    std::uint64_t body_left_ = 0;     // Bytes of a body with Content-Length that have not been handed out.
    std::uint64_t body_received_ = 0; // For the least speed of a body.
    Steady::time_point body_began_;
    std::size_t body_at_ = 0;         // Behind the head in the input buffer; the head's views stay valid.
    wire::Http1Fault fault_;  // Of the body, for a handler that leaves the answer to us.
    bool is_body_done_ = true;
    bool is_continue_due_ = false;
    bool is_broken_ = false;   // Nothing more can be read or written.
    bool closes_after_ = false;
    bool drops_pieces_ = false;  // A stream in answer to HEAD.
    Reply reply_ = Reply::none;

    bool is_idle_ = false;
    bool is_first_ = true;
};

}  // namespace posthorn::http
