#pragma once
// TLS as our own listener speaks it: --tls-cert and --tls-key.

#include <memory>
#include <string>

#include <boost/asio/ssl/context.hpp>

#include "base/result.h"

namespace posthorn::io {

/// A context for Stream::handshake_as_server, TLS 1.2 or newer. `certificate_file` (PEM) holds the certificate and
/// behind it those between it and the authority; `key_file` its key, not encrypted. Errors: io (a file can't be
/// read), invalid (no certificate or key in it, an encrypted key, or the two don't belong together); `where` is the
/// file.
Result<std::unique_ptr<boost::asio::ssl::context>> make_tls_server(const std::string& certificate_file,
                                                                   const std::string& key_file);

}  // namespace posthorn::io
