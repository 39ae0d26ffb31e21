#include "program/raw_request.h"

#include <cstddef>
#include <cstdint>

#include "sign/verification.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace posthorn;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto request = program::parse_raw_request(text);
    if (!request) return 0;
    std::string token;
    for (const auto& [name, value] : request->headers)
        if (value.starts_with("JWT ")) token = value;
    sign::VerificationKey key;
    key.secret = "secret";
    const auto verification =
        sign::verify({request->method, request->target, "https://a.example/app", token}, key, from_epoch_ms(0));
    if (verification.checks.size() != 3) __builtin_trap();
    return 0;
}
