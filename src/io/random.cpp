#include "io/random.h"

#include <array>
#include <string_view>

#include <sodium.h>

#include "base/assert.h"

namespace posthorn::io {
namespace {

void fill(void* into, std::size_t count) {
    // libsodium wants its start-up to be over before several threads draw from it.
    static const int started = sodium_init();
    POSTHORN_ASSERT(started >= 0);
    randombytes_buf(into, count);
}

}  // namespace

std::string random_bytes(std::size_t count) {
    std::string bytes(count, '\0');
    fill(bytes.data(), bytes.size());
    return bytes;
}

std::uint64_t random_number() {
    std::uint64_t number = 0;
    fill(&number, sizeof number);
    return number;
}

std::string random_uuid() {
    std::array<unsigned char, 16> bytes{};
    fill(bytes.data(), bytes.size());
    // Version 4 and the variant of RFC 9562 section 5.4.
    bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0f) | 0x40);
    bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3f) | 0x80);
    constexpr std::string_view kHex = "0123456789abcdef";
    std::string text;
    text.reserve(36);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
        text += kHex[bytes[i] >> 4];
        text += kHex[bytes[i] & 0x0f];
    }
    return text;
}

}  // namespace posthorn::io
