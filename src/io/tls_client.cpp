#include "io/tls_client.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/x509.h>

namespace posthorn::io {
namespace {

constexpr std::size_t kSessionsMax = 1000;
constexpr std::size_t kPemBytesMax = 4 * 1024 * 1024;

template <auto free_it>
struct Free {
    template <class T>
    void operator()(T* object) const {
        free_it(object);
    }
};
using Bio = std::unique_ptr<BIO, Free<BIO_free_all>>;
using Certificate = std::unique_ptr<X509, Free<X509_free>>;

/// OpenSSL would ask whoever sits at the terminal, and wait.
int no_password(char*, int, int, void*) { return -1; }

/// Adds every certificate of `pem`; other blocks (a key, text) between them are passed over.
Result<void> add_certificates(SSL_CTX* context, std::string_view pem) {
    const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    int count = 0;
    while (true) {
        const Certificate certificate(PEM_read_bio_X509(bio.get(), nullptr, &no_password, nullptr));
        if (!certificate) break;
        X509_STORE_add_cert(SSL_CTX_get_cert_store(context), certificate.get());
        ++count;
    }
    const auto error = ERR_peek_last_error();
    const bool is_end = ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
    ERR_clear_error();
    if (!is_end) return fail(Errc::invalid, "certificate number " + std::to_string(count + 1) + " is damaged");
    if (count == 0) return fail(Errc::invalid, "no certificate is in it; PEM starts with -----BEGIN CERTIFICATE-----");
    return {};
}

}  // namespace

TlsClient::TlsClient() : sessions_(TlsSessions::make(kSessionsMax)) {
    SSL_CTX_set_min_proto_version(context_.native_handle(), TLS1_2_VERSION);
    TlsSessions::enable(context_.native_handle());
}

Result<std::shared_ptr<TlsClient>> TlsClient::trusting_pem(std::string_view pem) {
    if (pem.size() > kPemBytesMax) return fail(Errc::invalid, "certificates of more than 4 MiB");
    std::shared_ptr<TlsClient> client(new TlsClient());
    POSTHORN_CHECK(add_certificates(client->context_.native_handle(), pem));
    return client;
}

Result<std::shared_ptr<TlsClient>> TlsClient::trusting_file(const std::string& file) {
    const std::unique_ptr<std::FILE, Free<std::fclose>> opened(std::fopen(file.c_str(), "re"));
    std::string pem;
    std::array<char, 16 * 1024> piece{};
    while (opened && pem.size() <= kPemBytesMax) {
        const auto count = std::fread(piece.data(), 1, piece.size(), opened.get());
        pem.append(piece.data(), count);
        if (count < piece.size()) break;
    }
    if (!opened || std::ferror(opened.get()) != 0)
        return fail(Errc::io, std::string("can't be read: ") + std::strerror(errno), file);
    auto client = trusting_pem(pem);
    if (!client) client.error().where = file;
    return client;
}

std::shared_ptr<TlsClient> TlsClient::trusting_system() {
    std::shared_ptr<TlsClient> client(new TlsClient());
    SSL_CTX_set_default_verify_paths(client->context_.native_handle());
    return client;
}

Result<std::shared_ptr<TlsClient>> TlsClients::trusting(const std::string& pem) {
    std::string digest(SHA256_DIGEST_LENGTH, '\0');
    SHA256(reinterpret_cast<const unsigned char*>(pem.data()), pem.size(),
           reinterpret_cast<unsigned char*>(digest.data()));
    if (const auto found = by_digest_.find(digest); found != by_digest_.end()) {
        clients_.splice(clients_.begin(), clients_, found->second);
        return found->second->client;
    }
    POSTHORN_TRY(auto client, TlsClient::trusting_pem(pem));
    if (clients_.size() >= kClientsMax) {
        by_digest_.erase(clients_.back().digest);
        clients_.pop_back();
    }
    clients_.push_front(Kept{digest, client});
    by_digest_.emplace(std::move(digest), clients_.begin());
    return client;
}

}  // namespace posthorn::io
