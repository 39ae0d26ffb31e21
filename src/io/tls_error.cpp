#include "io/tls_error.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>

namespace posthorn::io {
namespace {

constexpr std::string_view kTrustRemedy = "trust its authority with --ca-file or the add-on's setting \"ca\"";

std::string certificate_fault(long verified, const std::string& host) {
    switch (verified) {
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
            return fmt::format("the certificate of {} is self-signed; {}", host, kTrustRemedy);
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        case X509_V_ERR_CERT_UNTRUSTED:
            return fmt::format(
                "the certificate of {} comes from an unknown authority, or the server leaves out the "
                "certificates between; {}",
                host, kTrustRemedy);
        case X509_V_ERR_CERT_HAS_EXPIRED: return fmt::format("the certificate of {} has expired", host);
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return fmt::format("the certificate of {} is not yet valid; is this machine's clock right?", host);
        case X509_V_ERR_HOSTNAME_MISMATCH:
        case X509_V_ERR_IP_ADDRESS_MISMATCH:
            return fmt::format("host name mismatch: the certificate is not for {}", host);
        case X509_V_ERR_INVALID_CA:
            return fmt::format("the certificate of {} was signed by one that is no authority", host);
        default:
            return fmt::format("the certificate of {} was refused: {}", host, X509_verify_cert_error_string(verified));
    }
}

std::string protocol_fault(const boost::system::error_code& error) {
    const auto code = static_cast<unsigned long>(static_cast<unsigned>(error.value()));
    switch (ERR_GET_REASON(code)) {
        case SSL_R_WRONG_VERSION_NUMBER:
        case SSL_R_PACKET_LENGTH_TOO_LONG:
        case SSL_R_RECORD_LENGTH_MISMATCH:
            return "wrong version: the other side does not speak TLS on this port (plain http, perhaps)";
        case SSL_R_UNSUPPORTED_PROTOCOL:
        case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
        case SSL_R_NO_PROTOCOLS_AVAILABLE:
            return "wrong version: the two sides have no TLS version in common; TLS 1.2 or newer is needed";
        case SSL_R_NO_SHARED_CIPHER:
        case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE: return "the two sides have no cipher or signature method in common";
        case SSL_R_HTTP_REQUEST:
        case SSL_R_HTTPS_PROXY_REQUEST: return "plain http was spoken to an https port";
        case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED: return "the other side asks for a client certificate";
        case SSL_R_TLSV1_UNRECOGNIZED_NAME: return "the other side does not know the host name (unrecognized name)";
        case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
        case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
        case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
        case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
            return fmt::format("the other side does not accept our certificate: {}", error.message());
        default: return error.message();
    }
}

}  // namespace

Error tls_failure(const boost::system::error_code& error, const SSL* connection, const std::string& host) {
    const long verified = SSL_get_verify_result(connection);
    if (!host.empty() && verified != X509_V_OK) return fail(Errc::tls, certificate_fault(verified, host));
    if (error.category() == boost::asio::error::get_ssl_category()) return fail(Errc::tls, protocol_fault(error));
    if (error == boost::asio::error::eof || error == boost::asio::ssl::error::stream_truncated ||
        error == boost::asio::error::connection_reset || error == boost::asio::error::broken_pipe)
        return fail(Errc::broken, "the other side ended the connection during the TLS handshake");
    return fail(Errc::broken, fmt::format("the TLS handshake broke: {}", error.message()));
}

}  // namespace posthorn::io
