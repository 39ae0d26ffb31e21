#include "io/address_rules.h"

#include <array>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace posthorn::io {
namespace {

namespace ip = boost::asio::ip;

ip::address_v6 with_v4(std::array<std::uint8_t, 16> bytes, std::size_t at, ip::address_v4 inner) {
    for (std::size_t i = 0; i < 4; ++i) bytes[at + i] = inner.to_bytes()[i];
    return ip::address_v6(bytes);
}

RC_GTEST_PROP(AddressRulesLaws, NoGuiseOpensWhatTheIpv4AddressItselfWouldNot, (std::uint32_t number, bool is_dev)) {
    const ip::address_v4 inner(number);
    const AddressRules rules(is_dev ? Mode::dev : Mode::production, {});
    const bool is_open = bool(rules.check(inner));
    // Mapped is the same address; the other guises may be refused for their own sake.
    RC_ASSERT(bool(rules.check(with_v4({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 12, inner))) == is_open);
    for (const auto& guise : {with_v4({}, 12, inner), with_v4({0x00, 0x64, 0xff, 0x9b}, 12, inner),
                              with_v4({0x20, 0x02}, 2, inner), with_v4({0x00, 0x64, 0xff, 0x9b, 0, 1}, 12, inner),
                              with_v4({0x20, 0x01}, 4, inner), with_v4({0x20, 0x01}, 12, ip::address_v4(~number)),
                              with_v4({0x26, 0x06, 0, 0, 0, 0, 0, 0, 0, 0, 0x5e, 0xfe}, 12, inner)}) {
        // ::1 alone is in the IPv4-compatible range and something else.
        if (!is_open && !guise.is_loopback()) RC_ASSERT(!rules.check(guise));
    }
}

RC_GTEST_PROP(AddressRulesLaws, DevAllowsAllThatProductionAllows, (std::array<std::uint8_t, 16> bytes)) {
    const ip::address_v6 address(bytes);
    if (AddressRules(Mode::production, {}).check(address)) RC_ASSERT(bool(AddressRules(Mode::dev, {}).check(address)));
}

RC_GTEST_PROP(NetworkLaws, HoldsExactlyTheAddressesWithItsPrefix, (std::uint32_t number, std::uint32_t other)) {
    const auto bits = *rc::gen::inRange(0, 33);
    const std::uint32_t mask = bits == 0 ? 0 : ~std::uint32_t{0} << (32 - bits);
    const auto text = ip::address_v4(number & mask).to_string() + "/" + std::to_string(bits);
    const auto network = Network::parse(text);
    RC_ASSERT(bool(network));
    RC_ASSERT(network->contains(ip::address_v4(number)));
    RC_ASSERT(network->contains(ip::address_v4(other)) == ((other & mask) == (number & mask)));
}

}  // namespace
}  // namespace posthorn::io
