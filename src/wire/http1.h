#pragma once
// HTTP/1.1 messages, RFC 9112: parsing with limits, and writing. Pure; no sockets.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace posthorn::wire {

struct Header {
    std::string_view name;
    std::string_view value;
};

/// Finds by name without regard to case; the first one wins.
std::optional<std::string_view> find_header(const std::vector<Header>& headers, std::string_view name);

/// Start line and headers of a request; views into the parser's buffer, valid until its next message.
struct RequestHead {
    std::string_view method;  ///< Any token of at most 32 bytes; methods are told apart by case.
    /// Path and query as on the wire, starting with '/', or "*" with OPTIONS. Of the absolute form
    /// (http://host/path) it is what stands behind the authority, which must be the Host header's.
    std::string_view target;
    std::vector<Header> headers;
    bool keep_alive = true;
    bool expects_continue = false;
    std::optional<std::uint64_t> content_length;
    bool is_chunked = false;
    bool is_http_1_0 = false;  ///< Such a client knows no chunks.
};

struct ResponseHead {
    std::uint16_t status = 0;  ///< 100 to 599.
    std::vector<Header> headers;
    bool keep_alive = true;  ///< False too when the body goes on until the peer closes.
    std::optional<std::uint64_t> content_length;
    bool is_chunked = false;  ///< Neither a length nor chunks: the body ends when the peer closes.

    /// False for 1xx, 204 and 304, whatever the headers say (RFC 9112 section 6.3). The answer to HEAD has no
    /// body either, which only the asker knows.
    bool has_body() const { return status >= 200 && status != 204 && status != 304; }
};

struct Http1Limits {
    std::size_t head_bytes_max = 32 * 1024;
    std::size_t target_bytes_max = 8 * 1024;
    std::size_t headers_max = 100;
};

/// What is wrong with foreign bytes: a sentence, and the status that a server answers them with.
struct Http1Fault {
    std::uint16_t status = 400;
    std::string detail;
};

enum class Progress : std::uint8_t {
    incomplete,  ///< Come again with more bytes.
    complete,
    refused,  ///< fault() says why. Nothing behind these bytes can be trusted.
};

/// Finds where a head ends, line by line, over any number of calls, and refuses early what no parser need see:
/// bare LF, folded lines, heads over the limits. Part of the two parsers below.
class HeadScan {
public:
    /// `bytes` as for the parsers. `complete`: the head is the bytes from start() to end().
    Progress scan(std::string_view bytes, const Http1Limits& limits, Http1Fault& fault);
    std::size_t start() const { return start_; }
    std::size_t end() const { return end_; }

private:
    Progress check_size(std::size_t size, const Http1Limits& limits, Http1Fault& fault) const;

    std::size_t looked_ = 0;  // All before it has been looked at.
    std::size_t line_ = 0;    // Where the line begins that has not ended yet.
    std::size_t start_ = 0;   // The start line's first byte: behind an empty line, RFC 9112 section 2.2.
    std::size_t lines_ = 0;   // Ended lines, the start line included.
    std::size_t end_ = 0;
};

/// Reads the heads of requests, strictly: what two programs could read differently (request smuggling) is
/// refused: both Content-Length and Transfer-Encoding, a repeated Content-Length or Host, codings other than
/// "chunked" (501), bare LF, folded lines, space before a colon, control characters. Also refused: CONNECT and
/// HTTP versions but 1.0 and 1.1 (501, 505), targets with bytes outside printable ASCII, "#", or of the absolute
/// form for another authority than Host's, HTTP/1.1 without Host; limits give 414 and 431, an Expect but
/// 100-continue 417. A value; one thread at a time.
class RequestParser {
public:
    explicit RequestParser(const Http1Limits& limits) : limits_(limits) {}

    /// `bytes` is everything that came from the head's first byte on; each call repeats the bytes of the one
    /// before it (they may have moved) and adds some. When `complete`, head() has views into these very bytes.
    Progress parse(std::string_view bytes);

    const RequestHead& head() const { return head_; }
    /// How many bytes the head took, its empty line included. Only when complete.
    std::size_t head_bytes() const { return scan_.end(); }
    const Http1Fault& fault() const { return fault_; }
    /// For the next message.
    void restart();

private:
    Http1Limits limits_;
    HeadScan scan_;
    RequestHead head_;
    Http1Fault fault_;
};

/// Reads the heads of responses, as RequestParser does those of requests; the fault's status means nothing.
/// A status line without a space behind the status is accepted, for such servers are many.
class ResponseParser {
public:
    explicit ResponseParser(const Http1Limits& limits) : limits_(limits) {}

    Progress parse(std::string_view bytes);
    const ResponseHead& head() const { return head_; }
    std::size_t head_bytes() const { return scan_.end(); }
    const Http1Fault& fault() const { return fault_; }
    void restart();

private:
    Http1Limits limits_;
    HeadScan scan_;
    ResponseHead head_;
    Http1Fault fault_;
};

/// Takes a chunked body apart (RFC 9112 section 7.1). Extensions and trailers are checked and dropped; chunk
/// heads and trailers that outweigh the data (more than 16 KiB beyond 16 bytes a chunk and twice the data, as
/// in Go's net/http) are refused. Movable; one thread at a time.
class ChunkedReader {
public:
    ChunkedReader();
    ~ChunkedReader();
    ChunkedReader(ChunkedReader&&) noexcept;
    ChunkedReader& operator=(ChunkedReader&&) noexcept;

    /// One piece of the body.
    struct Piece {
        std::size_t taken = 0;  ///< How many of the bytes are done with; the data is among them.
        std::string_view data;  ///< A view into the bytes given.
    };
    /// Reads on: `bytes` begins behind what was taken before. `incomplete` with data: there may be more in the
    /// rest. `incomplete` without: come again with what was not taken and more. `complete`: that was the end.
    Progress read(std::string_view bytes, Piece& piece);
    const Http1Fault& fault() const { return fault_; }

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
    Http1Fault fault_;
};

/// "Not Found"; empty for a status without a name.
std::string_view reason_phrase(unsigned status);

/// False if `text` holds CR, LF or NUL and so must not be put into a header.
bool is_safe_header_value(std::string_view text);

/// Appends "HTTP/1.1 404 Not Found\r\n". `status` is 100 to 999.
void append_status_line(std::string& out, unsigned status);
/// Appends "Name: value\r\n".
void append_header(std::string& out, std::string_view name, std::string_view value);
void append_header(std::string& out, std::string_view name, std::uint64_t value);
/// Appends one chunk; `data` must not be empty, for an empty chunk is the end.
void append_chunk(std::string& out, std::string_view data);
/// The end of a chunked body.
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

/// The Date header's line, made anew once a second. One thread at a time.
class DateLine {
public:
    /// "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"; valid until the next call.
    std::string_view at(std::int64_t epoch_seconds);

private:
    std::int64_t second_ = -1;
    std::string line_;
};

}  // namespace posthorn::wire
