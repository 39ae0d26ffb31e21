#include "io/tls_server.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include <openssl/err.h>
#include <openssl/ssl.h>

namespace posthorn::io {
namespace {

Result<void> check_readable(const std::string& file) {
    if (::access(file.c_str(), R_OK) == 0) return {};
    return fail(Errc::io, std::string("can't be read: ") + std::strerror(errno), file);
}

}  // namespace

Result<std::unique_ptr<boost::asio::ssl::context>> make_tls_server(const std::string& certificate_file,
                                                                   const std::string& key_file) {
    POSTHORN_CHECK(check_readable(certificate_file));
    POSTHORN_CHECK(check_readable(key_file));
    auto context = std::make_unique<boost::asio::ssl::context>(boost::asio::ssl::context::tls_server);
    SSL_CTX* const native = context->native_handle();
    SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
    SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
    // OpenSSL would ask for an encrypted key's password at the terminal, and wait.
    SSL_CTX_set_default_passwd_cb(native, [](char*, int, int, void*) { return -1; });

    boost::system::error_code error;
    context->use_certificate_chain_file(certificate_file, error);
    ERR_clear_error();
    if (error)
        return fail(Errc::invalid, "holds no certificate in PEM that OpenSSL can use: " + error.message(),
                    certificate_file);
    context->use_private_key_file(key_file, boost::asio::ssl::context::pem, error);
    ERR_clear_error();
    if (error)
        return fail(Errc::invalid,
                    "holds no unencrypted key in PEM that belongs to the certificate: " + error.message(), key_file);
    return context;
}

}  // namespace posthorn::io
