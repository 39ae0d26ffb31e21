#include "registry/certificates.h"

#include <memory>

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

namespace posthorn::registry {

namespace {

struct Free {
    void operator()(BIO* bio) const { BIO_free(bio); }
    void operator()(X509* certificate) const { X509_free(certificate); }
};

}  // namespace

std::string certificates_fault(std::string_view pem) {
    constexpr std::string_view kAllowed =
        "allowed are one or more certificates in PEM "
        "(-----BEGIN CERTIFICATE----- ... -----END CERTIFICATE-----)";
    if (pem.size() > kCertificatesBytesMax)
        return fmt::format("found {} bytes, allowed are {}", pem.size(), kCertificatesBytesMax);
    if (pem.find("PRIVATE KEY") != std::string_view::npos)
        return fmt::format("found a private key, which does not belong here; {}", kAllowed);
    const std::unique_ptr<BIO, Free> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    std::size_t count = 0;
    while (bio != nullptr) {
        const std::unique_ptr<X509, Free> certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
        if (certificate == nullptr) break;
        ++count;
    }
    const auto error = ERR_peek_last_error();
    ERR_clear_error();
    if (count == 0) return fmt::format("found no certificate; {}", kAllowed);
    // Reading stops at the end with "no start line"; anything else is a certificate that can't be read.
    if (ERR_GET_LIB(error) != ERR_LIB_PEM || ERR_GET_REASON(error) != PEM_R_NO_START_LINE)
        return fmt::format("certificate {} can't be read; {}", count + 1, kAllowed);
    return {};
}

}  // namespace posthorn::registry
