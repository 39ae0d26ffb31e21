#pragma once
// Failed TLS handshakes in words.

#include <string>

#include <openssl/ssl.h>
#include <boost/system/error_code.hpp>

#include "base/result.h"

namespace posthorn::io {

/// What a handshake that ended with `error` tells: Errc::tls with the reason and, where there is one, the remedy;
/// Errc::broken when the connection ended during it. `host` is the name that was verified, empty on a server.
Error tls_failure(const boost::system::error_code& error, const SSL* connection, const std::string& host);

}  // namespace posthorn::io
