#pragma once
// How addresses with ports are written.

#include <string>

#include "io/task.h"

namespace posthorn::io {

/// "127.0.0.1:8080", "[::1]:8080".
inline std::string to_text(const Endpoint& endpoint) {
    const auto port = ":" + std::to_string(endpoint.port());
    const auto address = endpoint.address().to_string();
    return endpoint.address().is_v6() ? "[" + address + "]" + port : address + port;
}

}  // namespace posthorn::io
