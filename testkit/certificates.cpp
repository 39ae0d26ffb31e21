#include "testkit/certificates.h"

#include <utility>

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include "base/assert.h"

namespace posthorn::testkit {
namespace {

template <auto free_it>
struct Free {
    template <class T>
    void operator()(T* object) const {
        free_it(object);
    }
};
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using X509Pointer = std::unique_ptr<X509, Free<X509_free>>;
using Bio = std::unique_ptr<BIO, Free<BIO_free_all>>;

std::string text_of(BIO* bio) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    return std::string(data, static_cast<std::size_t>(size));
}

std::string pem_of(X509* certificate) {
    const Bio bio(BIO_new(BIO_s_mem()));
    POSTHORN_ASSERT(PEM_write_bio_X509(bio.get(), certificate) == 1);
    return text_of(bio.get());
}

std::string pem_of(EVP_PKEY* key) {
    const Bio bio(BIO_new(BIO_s_mem()));
    POSTHORN_ASSERT(PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
    return text_of(bio.get());
}

void add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
    POSTHORN_ASSERT(extension != nullptr);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

X509Pointer unsigned_certificate(std::string_view name, EVP_PKEY* key, int from_seconds, int to_seconds) {
    X509Pointer certificate(X509_new());
    X509_set_version(certificate.get(), X509_VERSION_3);
    std::uint64_t serial = 0;
    RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial);
    ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate.get()), serial >> 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), from_seconds);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), to_seconds);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(name.data()), static_cast<int>(name.size()), -1,
                               0);
    X509_set_pubkey(certificate.get(), key);
    return certificate;
}

void sign(X509* certificate, X509* issuer, EVP_PKEY* issuer_key) {
    X509_set_issuer_name(certificate, X509_get_subject_name(issuer));
    POSTHORN_ASSERT(X509_sign(certificate, issuer_key, EVP_sha256()) > 0);
}

}  // namespace

struct CertificateAuthority::Parts {
    Key key;
    X509Pointer certificate;
};

CertificateAuthority::CertificateAuthority(std::string_view name) : parts_(std::make_unique<Parts>()) {
    parts_->key = Key(EVP_EC_gen("P-256"));
    POSTHORN_ASSERT(parts_->key != nullptr);
    parts_->certificate = unsigned_certificate(name, parts_->key.get(), -86400, 86400);
    X509* const certificate = parts_->certificate.get();
    add_extension(certificate, certificate, NID_basic_constraints, "critical,CA:TRUE");
    add_extension(certificate, certificate, NID_key_usage, "critical,keyCertSign,cRLSign");
    sign(certificate, certificate, parts_->key.get());
    pem_ = pem_of(certificate);
}

CertificateAuthority::~CertificateAuthority() = default;

Certificate CertificateAuthority::issue(const CertificateRequest& request) const {
    const Key key(EVP_EC_gen("P-256"));
    const auto certificate =
        unsigned_certificate("Posthorn test receiver", key.get(), request.valid_from_seconds, request.valid_to_seconds);
    add_extension(certificate.get(), parts_->certificate.get(), NID_subject_alt_name, request.alternative_names);
    sign(certificate.get(), parts_->certificate.get(), parts_->key.get());
    return Certificate{pem_of(certificate.get()), pem_of(key.get())};
}

Certificate CertificateAuthority::self_signed(const CertificateRequest& request) {
    const Key key(EVP_EC_gen("P-256"));
    const auto certificate =
        unsigned_certificate("Posthorn test loner", key.get(), request.valid_from_seconds, request.valid_to_seconds);
    add_extension(certificate.get(), certificate.get(), NID_subject_alt_name, request.alternative_names);
    sign(certificate.get(), certificate.get(), key.get());
    return Certificate{pem_of(certificate.get()), pem_of(key.get())};
}

}  // namespace posthorn::testkit
