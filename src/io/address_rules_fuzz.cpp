// Networks as an operator writes them, and addresses of any bytes.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "io/address_rules.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    namespace ip = boost::asio::ip;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto network = posthorn::io::Network::parse(text);
    if (size < 16) return 0;
    ip::address_v6::bytes_type bytes;
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = data[i];
    const ip::address address = ip::address_v6(bytes);
    using posthorn::io::AddressRules;
    using posthorn::io::Mode;
    const bool is_public = AddressRules(Mode::production, {}).check(address).has_value();
    // Dev opens more, and a named network opens what it holds.
    if (is_public && !AddressRules(Mode::dev, {}).check(address)) std::abort();
    if (network && network->contains(address) && !AddressRules(Mode::production, {*network}).check(address))
        std::abort();
    return 0;
}
