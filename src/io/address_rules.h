#pragma once
// Which addresses may be connected to: connect.md and api.md ("Promises" 5).

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include <boost/asio/ip/address.hpp>

#include "base/result.h"

namespace posthorn::io {

/// An IPv4 or IPv6 network such as 10.0.0.0/8 or fd00::/8. A value.
class Network {
public:
    /// Reads "address/bits", or a bare address, which is a network of one. Errors: invalid (with what a CIDR looks
    /// like); host bits behind the prefix are a fault.
    static Result<Network> parse(std::string_view text);

    /// An IPv4 network holds IPv4-mapped IPv6 addresses (::ffff:10.0.0.1) as well; an IPv6 network never holds
    /// IPv4 addresses. Scope ids play no part.
    bool contains(const boost::asio::ip::address& address) const;

private:
    std::array<std::uint8_t, 16> base_{};  // IPv4 in its mapped form, with 96 bits more.
    unsigned bits_ = 0;
    bool is_v4_ = false;
};

enum class Mode { production, dev };

/// Judges addresses. A value, immutable after its making; safe to share between threads.
class AddressRules {
public:
    /// `allowed` are the networks of --allow-receiver.
    AddressRules(Mode mode, std::vector<Network> allowed);

    /// Success, or Errc::forbidden with the reason and the remedy ("127.0.0.1 is a loopback address; --dev or
    /// --allow-receiver 127.0.0.1 allows it"). Allowed are the public addresses, with --dev loopback and private
    /// ones too, and the networks of --allow-receiver whatever they are.
    /// Looks through IPv4 that is embedded in IPv6 (mapped, compatible, NAT64, 6to4, Teredo, ISATAP): such an
    /// address is judged as the IPv4 address too. Sources: the IANA special-purpose address registries (RFC 6890),
    /// and the metadata services that cloud providers document.
    Result<void> check(const boost::asio::ip::address& address) const;

    /// Whether plain http to this address is allowed: --dev, or a network named by --allow-receiver.
    bool allows_plain_http(const boost::asio::ip::address& address) const;

private:
    bool is_named(const boost::asio::ip::address& address) const;

    Mode mode_;
    std::vector<Network> allowed_;
};

}  // namespace posthorn::io
