#pragma once
// What connections as a TLS client share: trusted authorities and kept sessions.

#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include <boost/asio/ssl/context.hpp>

#include "base/result.h"
#include "io/tls_sessions.h"

namespace posthorn::io {

/// One set of trusted authorities. Net thread only.
class TlsClient {
public:
    /// Trusts the certificates in `pem` alone. Errors: invalid.
    static Result<std::shared_ptr<TlsClient>> trusting_pem(std::string_view pem);
    /// Trusts the certificates in `file` (PEM) alone. Errors: io, invalid.
    static Result<std::shared_ptr<TlsClient>> trusting_file(const std::string& file);
    /// Trusts the system's store.
    static std::shared_ptr<TlsClient> trusting_system();

    boost::asio::ssl::context& context() { return context_; }
    const std::shared_ptr<TlsSessions>& sessions() const { return sessions_; }

private:
    TlsClient();

    boost::asio::ssl::context context_{boost::asio::ssl::context::tls_client};
    std::shared_ptr<TlsSessions> sessions_;
};

/// The clients of add-ons that have authorities of their own, made once per PEM text; bounded, the one unused for
/// longest goes first.
class TlsClients {
public:
    /// Errors: invalid (`pem` holds no certificate).
    Result<std::shared_ptr<TlsClient>> trusting(const std::string& pem);
    std::size_t size() const { return clients_.size(); }

    static constexpr std::size_t kClientsMax = 256;

private:
    struct Kept {
        std::string digest;
        std::shared_ptr<TlsClient> client;
    };
    std::list<Kept> clients_;  // The one used last is in front.
    std::unordered_map<std::string, std::list<Kept>::iterator> by_digest_;
};

}  // namespace posthorn::io
