#include "io/tls_server.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "testkit/certificates.h"

namespace posthorn::io {
namespace {

struct TlsServerTest : testing::Test {
    std::filesystem::path folder;
    testkit::CertificateAuthority authority;
    testkit::Certificate ours = authority.issue({});

    TlsServerTest() {
        std::string made = (std::filesystem::temp_directory_path() / "posthorn-io-XXXXXX").string();
        folder = ::mkdtemp(made.data());
    }
    ~TlsServerTest() override { std::filesystem::remove_all(folder); }

    std::string file(const std::string& name, const std::string& content) {
        std::ofstream(folder / name) << content;
        return (folder / name).string();
    }
};

TEST_F(TlsServerTest, ReadsAChainAndItsKey) {
    const auto chain = file("chain.pem", ours.certificate_pem + authority.pem());
    const auto context = make_tls_server(chain, file("key.pem", ours.key_pem));
    ASSERT_TRUE(context) << context.error().detail;
    EXPECT_EQ(SSL_CTX_get_min_proto_version((*context)->native_handle()), TLS1_2_VERSION);
}

TEST_F(TlsServerTest, AMissingFileIsNamed) {
    const auto missing = (folder / "missing.pem").string();
    const auto no_certificate = make_tls_server(missing, file("key.pem", ours.key_pem));
    ASSERT_FALSE(no_certificate);
    EXPECT_EQ(no_certificate.error().code, Errc::io);
    EXPECT_EQ(no_certificate.error().where, missing);
    const auto no_key = make_tls_server(file("chain.pem", ours.certificate_pem), missing);
    ASSERT_FALSE(no_key);
    EXPECT_EQ(no_key.error().where, missing);
}

TEST_F(TlsServerTest, AKeyOfAnotherCertificateIsRefused) {
    const auto key = file("key.pem", authority.issue({}).key_pem);
    const auto context = make_tls_server(file("chain.pem", ours.certificate_pem), key);
    ASSERT_FALSE(context);
    EXPECT_EQ(context.error().code, Errc::invalid);
    EXPECT_EQ(context.error().where, key);
}

TEST_F(TlsServerTest, SomethingElseThanPemIsRefused) {
    const auto certificate = make_tls_server(file("chain.pem", "nonsense"), file("key.pem", ours.key_pem));
    ASSERT_FALSE(certificate);
    EXPECT_EQ(certificate.error().code, Errc::invalid);
    const auto key = make_tls_server(file("chain.pem", ours.certificate_pem), file("key.pem", "nonsense"));
    ASSERT_FALSE(key);
    EXPECT_EQ(key.error().code, Errc::invalid);
}

TEST_F(TlsServerTest, AnEncryptedKeyIsRefusedWithoutAskingForItsPassword) {
    const auto key = file("key.pem",
                          "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n"
                          "DEK-Info: AES-128-CBC,00112233445566778899AABBCCDDEEFF\n\nAAAAAAAAAAAAAAAAAAAAAA==\n"
                          "-----END EC PRIVATE KEY-----\n");
    const auto context = make_tls_server(file("chain.pem", ours.certificate_pem), key);
    ASSERT_FALSE(context);
    EXPECT_EQ(context.error().code, Errc::invalid);
    EXPECT_NE(context.error().detail.find("unencrypted"), std::string::npos);
}

}  // namespace
}  // namespace posthorn::io
