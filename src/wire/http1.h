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
    std::string_view method;
    std::string_view target;  ///< As on the wire.
    std::vector<Header> headers;
    bool keep_alive = true;
    bool expects_continue = false;
    std::optional<std::uint64_t> content_length;
    bool is_chunked = false;
};

struct ResponseHead {
    std::uint16_t status = 0;
    std::vector<Header> headers;
    bool keep_alive = true;
};

struct Http1Limits {
    std::size_t head_bytes_max = 32 * 1024;
    std::size_t target_bytes_max = 8 * 1024;
    std::size_t headers_max = 100;
};

}  // namespace posthorn::wire
