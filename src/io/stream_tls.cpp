// The TLS half of Stream.
#include <utility>

#include <openssl/x509v3.h>
#include <boost/asio/ip/address.hpp>

#include "io/stream.h"
#include "io/stream_impl.h"
#include "io/tls_error.h"
#include "io/tls_sessions.h"

namespace posthorn::io {
namespace {

/// Sets what the peer has to prove: a chain to a trusted authority, for exactly this host.
bool demand_host(SSL* connection, const std::string& host) {
    SSL_set_verify(connection, SSL_VERIFY_PEER, nullptr);
    X509_VERIFY_PARAM* const checks = SSL_get0_param(connection);
    X509_VERIFY_PARAM_set_hostflags(checks, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    boost::system::error_code no_address;
    asio::ip::make_address(host, no_address);
    // An address has no SNI (RFC 6066 section 3), and is compared with the certificate's addresses, not names.
    if (!no_address) return X509_VERIFY_PARAM_set1_ip_asc(checks, host.c_str()) == 1;
    return X509_VERIFY_PARAM_set1_host(checks, host.data(), host.size()) == 1 &&
           SSL_set_tlsext_host_name(connection, host.c_str()) == 1;
}

}  // namespace

Task<Result<void>> Stream::handshake_as_client(asio::ssl::context& context, std::string host) {
    return handshake_as_client(context, std::move(host), nullptr, std::string());
}

Task<Result<void>> Stream::handshake_as_client(asio::ssl::context& context, std::string host,
                                               std::shared_ptr<TlsSessions> sessions, std::string session_key) {
    const auto impl = impl_;
    const StreamOperation operation(impl);
    if (auto refusal = impl->refusal()) co_return *std::move(refusal);
    impl->tls = std::make_unique<TlsSocket>(impl->socket, context);
    SSL* const connection = impl->tls->native_handle();
    // An empty name would switch the check of the name off.
    if (host.empty() || !demand_host(connection, host))
        co_return fail(Errc::tls, "\"" + host + "\" can't be verified as a host name");
    SSL_set_min_proto_version(connection, TLS1_2_VERSION);
    if (sessions) sessions->attach(connection, std::move(session_key));

    const auto [error] = co_await impl->tls->async_handshake(asio::ssl::stream_base::client, as_result);
    if (!error) co_return Result<void>();
    if (impl->is_expired || error == asio::error::operation_aborted) co_return impl->failure(error);
    co_return tls_failure(error, connection, host);
}

Task<Result<void>> Stream::handshake_as_server(asio::ssl::context& context) {
    const auto impl = impl_;
    const StreamOperation operation(impl);
    if (auto refusal = impl->refusal()) co_return *std::move(refusal);
    impl->tls = std::make_unique<TlsSocket>(impl->socket, context);
    SSL_set_min_proto_version(impl->tls->native_handle(), TLS1_2_VERSION);

    const auto [error] = co_await impl->tls->async_handshake(asio::ssl::stream_base::server, as_result);
    if (!error) co_return Result<void>();
    if (impl->is_expired || error == asio::error::operation_aborted) co_return impl->failure(error);
    co_return tls_failure(error, impl->tls->native_handle(), std::string());
}

bool Stream::is_tls_resumed() const {
    return impl_->tls != nullptr && SSL_session_reused(impl_->tls->native_handle()) == 1;
}

}  // namespace posthorn::io
