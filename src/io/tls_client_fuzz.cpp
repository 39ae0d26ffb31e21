// The certificates that an add-on's setting "ca" brings.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "io/tls_client.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view pem(reinterpret_cast<const char*>(data), size);
    (void)posthorn::io::TlsClient::trusting_pem(pem).has_value();
    return 0;
}
