#pragma once
// What --listen says, and the listening sockets that come of it.

#include <memory>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "io/task.h"

namespace posthorn::http {

/// Where to listen: one address, or both of localhost on one port.
struct ListenAddress {
    std::vector<io::Address> addresses;
    std::uint16_t port = 0;
    bool is_localhost = false;  ///< A missing family is no error.
};

/// Reads "localhost:8080", "127.0.0.1:0" or "[::1]:8080". Errors: invalid, with what was meant perhaps.
Result<ListenAddress> parse_listen_address(std::string_view text);

/// Opens the sockets, all on one port; port 0 finds one that is free for all. Errors: io.
Result<std::vector<std::shared_ptr<io::Acceptor>>> open_acceptors(io::asio::io_context& context,
                                                                  const ListenAddress& address);

/// "127.0.0.1:8080", "[::1]:8080".
std::string to_text(const io::Endpoint& endpoint);

}  // namespace posthorn::http
