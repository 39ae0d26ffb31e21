#pragma once
// Certificates made on the spot, for tests of TLS.

#include <memory>
#include <string>
#include <string_view>

#include <openssl/evp.h>
#include <openssl/x509.h>

namespace posthorn::testkit {

/// What a certificate says.
struct CertificateRequest {
    std::string alternative_names = "DNS:localhost,IP:127.0.0.1,IP:::1";  ///< As OpenSSL's subjectAltName.
    int valid_from_seconds = -3600;  ///< From now.
    int valid_to_seconds = 3600;
};

/// A certificate with its key, both as PEM.
struct Certificate {
    std::string certificate_pem;
    std::string key_pem;
};

/// A certificate authority of its own, with a key on P-256. Ends the test program if OpenSSL can't make one.
class CertificateAuthority {
public:
    explicit CertificateAuthority(std::string_view name = "Posthorn test CA");
    ~CertificateAuthority();

    const std::string& pem() const { return pem_; }
    Certificate issue(const CertificateRequest& request) const;

    /// One that nobody else signed.
    static Certificate self_signed(const CertificateRequest& request);

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
    std::string pem_;
};

}  // namespace posthorn::testkit
