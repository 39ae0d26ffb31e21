#pragma once
// What the registries say of an address: public, or special and why.

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/ip/address.hpp>

namespace posthorn::io {

enum class AddressKind : std::uint8_t {
    open,      ///< Public unicast.
    loopback,  ///< 127.0.0.0/8, ::1.
    local,     ///< Private networks of RFC 1918 and RFC 4193.
    closed,    ///< All else; also addresses of cloud metadata services that lie in an open or private range.
};

/// `name` completes "this is ...": "a loopback address". A literal.
struct AddressClass {
    AddressKind kind = AddressKind::open;
    std::string_view name = "a public address";
};

AddressClass classify(const boost::asio::ip::address_v4& address);
/// Judges the IPv6 address itself, not the IPv4 address it may hold.
AddressClass classify(const boost::asio::ip::address_v6& address);

/// The IPv4 addresses that packets to `address` may end up at, each with the name of its disguise ("NAT64"). None
/// for IPv4-mapped addresses, which are the IPv4 address itself: see unmapped.
std::vector<std::pair<boost::asio::ip::address_v4, std::string_view>> embedded_v4(
    const boost::asio::ip::address_v6& address);

/// The IPv4 address if `address` is IPv4-mapped, else `address`.
boost::asio::ip::address unmapped(const boost::asio::ip::address& address);

}  // namespace posthorn::io
