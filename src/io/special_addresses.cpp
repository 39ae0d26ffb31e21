#include "io/special_addresses.h"

#include <array>
#include <cstddef>
#include <span>

namespace posthorn::io {
namespace {

namespace ip = boost::asio::ip;
using V4 = std::array<std::uint8_t, 4>;
using V6 = std::array<std::uint8_t, 16>;
using enum AddressKind;

template <class Bytes>
struct Range {
    Bytes base;
    unsigned bits;
    AddressKind kind;
    std::string_view name;
};

// The first range that holds the address decides, so single addresses stand in front of the ranges around them.
constexpr std::string_view kMetadata = "a cloud metadata address";
constexpr std::array kV4Ranges{
    Range<V4>{{169, 254, 169, 254}, 32, closed, kMetadata},  // AWS, GCP, Azure, DigitalOcean, Hetzner, OpenStack
    Range<V4>{{169, 254, 170, 2}, 32, closed, kMetadata},    // AWS ECS
    Range<V4>{{169, 254, 170, 23}, 32, closed, kMetadata},   // AWS EKS
    Range<V4>{{169, 254, 42, 42}, 32, closed, kMetadata},    // Scaleway
    Range<V4>{{100, 100, 100, 200}, 32, closed, kMetadata},  // Alibaba
    Range<V4>{{192, 0, 0, 192}, 32, closed, kMetadata},      // Oracle
    Range<V4>{{168, 63, 129, 16}, 32, closed, kMetadata},    // Azure, in the midst of a public range
    Range<V4>{{0, 0, 0, 0}, 8, closed, "an address of \"this network\" (0.0.0.0/8)"},
    Range<V4>{{10, 0, 0, 0}, 8, local, "a private address"},
    Range<V4>{{100, 64, 0, 0}, 10, closed, "a shared address (100.64.0.0/10, carrier NAT)"},
    Range<V4>{{127, 0, 0, 0}, 8, loopback, "a loopback address"},
    Range<V4>{{169, 254, 0, 0}, 16, closed, "a link-local address"},
    Range<V4>{{172, 16, 0, 0}, 12, local, "a private address"},
    Range<V4>{{192, 0, 0, 0}, 24, closed, "an address for protocol assignments (192.0.0.0/24)"},
    Range<V4>{{192, 0, 2, 0}, 24, closed, "a documentation address"},
    Range<V4>{{192, 52, 193, 0}, 24, closed, "an address of AMT relays"},
    Range<V4>{{192, 88, 99, 0}, 24, closed, "an address of 6to4 relays"},
    Range<V4>{{192, 168, 0, 0}, 16, local, "a private address"},
    Range<V4>{{198, 18, 0, 0}, 15, closed, "a benchmarking address"},
    Range<V4>{{198, 51, 100, 0}, 24, closed, "a documentation address"},
    Range<V4>{{203, 0, 113, 0}, 24, closed, "a documentation address"},
    Range<V4>{{224, 0, 0, 0}, 4, closed, "a multicast address"},
    Range<V4>{{255, 255, 255, 255}, 32, closed, "the broadcast address"},
    Range<V4>{{240, 0, 0, 0}, 4, closed, "a reserved address"},
};

constexpr std::array kV6Ranges{
    Range<V6>{{0xfd, 0x00, 0x0e, 0xc2}, 32, closed, kMetadata},  // AWS: fd00:ec2::254 and its neighbours
    Range<V6>{{0xfd, 0x20, 0x00, 0xce}, 32, closed, kMetadata},  // GCP: fd20:ce::254
    Range<V6>{{0xfd, 0x00, 0x00, 0x42, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x42}, 128, closed, kMetadata},  // Scaleway
    Range<V6>{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 128, loopback, "a loopback address"},
    Range<V6>{{}, 128, closed, "the unspecified address"},
    Range<V6>{{}, 96, closed, "an IPv4-compatible address (deprecated)"},
    Range<V6>{{0x00, 0x64, 0xff, 0x9b, 0, 1}, 48, closed, "an address of local NAT64 (64:ff9b:1::/48)"},
    Range<V6>{{0x00, 0x64, 0xff, 0x9b}, 96, open, "an address of NAT64"},
    Range<V6>{{0x01}, 64, closed, "a discard-only address"},
    Range<V6>{{0x20, 0x01}, 23, closed, "an address for protocol assignments (2001::/23, Teredo too)"},
    Range<V6>{{0x20, 0x01, 0x0d, 0xb8}, 32, closed, "a documentation address"},
    Range<V6>{{0x3f, 0xff}, 20, closed, "a documentation address"},
    Range<V6>{{0xfc}, 7, local, "a private address (unique local)"},
    Range<V6>{{0xfe, 0x80}, 10, closed, "a link-local address"},
    Range<V6>{{0xfe, 0xc0}, 10, closed, "a site-local address (deprecated)"},
    Range<V6>{{0xff}, 8, closed, "a multicast address"},
    // 2000::/3 is all that IANA gives out as public unicast; what it may do with the rest, nobody knows.
    Range<V6>{{0x20}, 3, open, "a public address"},
    Range<V6>{{}, 0, closed, "a reserved address"},
};

bool has_prefix(std::span<const std::uint8_t> bytes, std::span<const std::uint8_t> base, unsigned bits) {
    const std::size_t whole = bits / 8;
    for (std::size_t i = 0; i < whole; ++i) {
        if (bytes[i] != base[i]) return false;
    }
    if (bits % 8 == 0) return true;
    const auto mask = static_cast<std::uint8_t>(0xff << (8 - bits % 8));
    return (bytes[whole] & mask) == (base[whole] & mask);
}

template <class Ranges, class Bytes>
AddressClass find(const Ranges& ranges, const Bytes& bytes) {
    for (const auto& range : ranges) {
        if (has_prefix(bytes, range.base, range.bits)) return AddressClass{range.kind, range.name};
    }
    return AddressClass{};
}

ip::address_v4 v4_at(const V6& bytes, std::size_t at) {
    return ip::address_v4(V4{bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]});
}

}  // namespace

AddressClass classify(const ip::address_v4& address) { return find(kV4Ranges, address.to_bytes()); }

AddressClass classify(const ip::address_v6& address) { return find(kV6Ranges, address.to_bytes()); }

std::vector<std::pair<ip::address_v4, std::string_view>> embedded_v4(const ip::address_v6& address) {
    std::vector<std::pair<ip::address_v4, std::string_view>> found;
    const V6 bytes = address.to_bytes();
    const auto starts_with = [&](const V6& base, unsigned bits) { return has_prefix(bytes, base, bits); };
    if (starts_with({}, 96)) found.emplace_back(v4_at(bytes, 12), "IPv4-compatible");
    if (starts_with({0x00, 0x64, 0xff, 0x9b}, 96)) found.emplace_back(v4_at(bytes, 12), "NAT64");
    if (starts_with({0x00, 0x64, 0xff, 0x9b, 0, 1}, 48)) {
        // A prefix of 96 bits, or of 48, which leaves bits 64 to 71 out (RFC 6052 section 2.2).
        found.emplace_back(v4_at(bytes, 12), "local NAT64");
        found.emplace_back(ip::address_v4(V4{bytes[6], bytes[7], bytes[9], bytes[10]}), "local NAT64");
    }
    if (starts_with({0x20, 0x02}, 16)) found.emplace_back(v4_at(bytes, 2), "6to4");
    if (starts_with({0x20, 0x01}, 32)) {
        found.emplace_back(v4_at(bytes, 4), "Teredo (server)");
        const auto client = ~v4_at(bytes, 12).to_uint();  // RFC 4380 section 4: inverted.
        found.emplace_back(ip::address_v4(client), "Teredo (client)");
    }
    // ISATAP, RFC 5214 section 6.1: the interface id is 0000:5efe or 0200:5efe and the IPv4 address.
    if ((bytes[8] & 0xfd) == 0 && bytes[9] == 0 && bytes[10] == 0x5e && bytes[11] == 0xfe)
        found.emplace_back(v4_at(bytes, 12), "ISATAP");
    return found;
}

ip::address unmapped(const ip::address& address) {
    if (!address.is_v6() || !address.to_v6().is_v4_mapped()) return address;
    return v4_at(address.to_v6().to_bytes(), 12);
}

}  // namespace posthorn::io
