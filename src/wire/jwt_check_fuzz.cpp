#include <cstdint>
#include <cstdlib>

#include "wire/base64.h"
#include "wire/jwt_check.h"

// The input is a token, or, where its first byte is a brace, "{header}\n{claims}", which gets further.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace posthorn;
    using namespace posthorn::wire;
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    std::string token(input);
    if (const std::size_t end = input.find('\n'); input.starts_with('{') && end != std::string_view::npos) {
        token = base64url_encode(input.substr(0, end)) + "." + base64url_encode(input.substr(end + 1)) + ".c2ln";
    }
    const auto decoded = decode_jwt(token);
    if (!decoded) return 0;
    // Nobody signed it, so no check may call it signed.
    if (!check_hs256_signature(*decoded, "a secret that no input was signed with")) std::abort();
    check_times(*decoded, from_epoch_ms(1'700'000'000'000));
    check_qsh(*decoded, "GET&/&");
    check_audience(*decoded, "x");
    return 0;
}
