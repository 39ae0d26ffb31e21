#pragma once
// Which addresses may be connected to: connect.md and api.md ("Promises" 5).

#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/ip/address.hpp>

#include "base/result.h"

namespace posthorn::io {

/// An IPv4 or IPv6 network such as 10.0.0.0/8 or fd00::/8.
class Network {
public:
    /// Errors: invalid (with what a CIDR looks like); host bits behind the prefix are a fault.
    static Result<Network> parse(std::string_view text);
    bool contains(const boost::asio::ip::address& address) const;

private:
    boost::asio::ip::address_v6 base_;
    unsigned bits_ = 0;
    bool is_v4_ = false;
};

enum class Mode { production, dev };

/// Judges addresses. A value, immutable after its making.
class AddressRules {
public:
    AddressRules(Mode mode, std::vector<Network> allowed);

    /// Success, or Errc::forbidden with the reason ("127.0.0.1 is loopback; ...the remedy: --dev or
    /// --allow-receiver"). Looks through IPv4 that is embedded in IPv6 (mapped, compatible, NAT64 incl.
    /// 64:ff9b:1::/48, 6to4, Teredo): such an address is judged as the IPv4 address too.
    Result<void> check(const boost::asio::ip::address& address) const;

    /// Whether plain http to this address is allowed: --dev, or a network named by --allow-receiver.
    bool allows_plain_http(const boost::asio::ip::address& address) const;

private:
    Mode mode_;
    std::vector<Network> allowed_;
};

}  // namespace posthorn::io
