#include "io/address_rules.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/address_v6.hpp>

#include "io/special_addresses.h"

namespace posthorn::io {
namespace {

namespace ip = boost::asio::ip;

/// IPv4 as its mapped form, so that both families compare alike.
std::array<std::uint8_t, 16> bytes_of(const ip::address& address) {
    if (address.is_v6()) return address.to_v6().to_bytes();
    return ip::make_address_v6(ip::v4_mapped, address.to_v4()).to_bytes();
}

Error no_network(std::string_view text, std::string_view why) {
    return fail(Errc::invalid,
                fmt::format("\"{}\" is no network: {}; a network looks like 10.0.0.0/8 or fd00::/8", text, why));
}

/// Clears the bits behind the first `bits`.
std::array<std::uint8_t, 16> prefix_of(std::array<std::uint8_t, 16> bytes, unsigned bits) {
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const unsigned before = static_cast<unsigned>(i) * 8;
        if (before >= bits) {
            bytes[i] = 0;
        } else if (bits - before < 8) {
            bytes[i] = static_cast<std::uint8_t>(bytes[i] & (0xff << (8 - (bits - before))));
        }
    }
    return bytes;
}

std::optional<unsigned> parse_bits(std::string_view text, unsigned bits_max) {
    // "08" could be meant as anything.
    if (text.empty() || text.size() > 3 || (text.size() > 1 && text[0] == '0')) return std::nullopt;
    unsigned bits = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bits);
    if (error != std::errc() || end != text.data() + text.size() || bits > bits_max) return std::nullopt;
    return bits;
}

}  // namespace

Result<Network> Network::parse(std::string_view text) {
    const auto slash = text.find('/');
    const std::string address_text(text.substr(0, slash));
    boost::system::error_code error;
    const auto address = ip::make_address(address_text, error);
    if (error || address_text.find('\0') != std::string::npos)
        return no_network(text, "it does not start with an address");
    if (address_text.find('%') != std::string::npos) return no_network(text, "a network has no zone");

    const unsigned bits_max = address.is_v4() ? 32 : 128;
    const auto bits =
        slash == std::string_view::npos ? std::optional(bits_max) : parse_bits(text.substr(slash + 1), bits_max);
    if (!bits) return no_network(text, fmt::format("behind the / is a number from 0 to {}", bits_max));

    Network network;
    network.base_ = bytes_of(address);
    network.bits_ = *bits + (address.is_v4() ? 96 : 0);
    network.is_v4_ = address.is_v4() || (address.to_v6().is_v4_mapped() && *bits >= 96);
    const auto base = prefix_of(network.base_, network.bits_);
    if (base != network.base_) {
        const ip::address_v6 meant(base);
        const auto meant_text = address.is_v4() ? unmapped(ip::address(meant)).to_string() : meant.to_string();
        return no_network(text, fmt::format("bits are set behind the prefix (you may mean {}/{})", meant_text, *bits));
    }
    return network;
}

bool Network::contains(const ip::address& address) const {
    const auto plain = unmapped(address);
    return plain.is_v4() == is_v4_ && prefix_of(bytes_of(plain), bits_) == base_;
}

AddressRules::AddressRules(Mode mode, std::vector<Network> allowed) : mode_(mode), allowed_(std::move(allowed)) {}

bool AddressRules::is_named(const ip::address& address) const {
    return std::ranges::any_of(allowed_, [&](const Network& network) { return network.contains(address); });
}

Result<void> AddressRules::check(const ip::address& address) const {
    if (is_named(address)) return {};
    const auto is_allowed = [&](AddressKind kind) {
        if (kind == AddressKind::open) return true;
        return mode_ == Mode::dev && (kind == AddressKind::loopback || kind == AddressKind::local);
    };
    const auto refuse = [&](std::string_view what, AddressKind kind) {
        const bool dev_helps = kind == AddressKind::loopback || kind == AddressKind::local;
        const auto plain = unmapped(address);
        auto named = plain.to_string();
        named = named.substr(0, named.find('%'));
        return fail(Errc::forbidden, fmt::format("{} is {}; only {}--allow-receiver {} allows it", address.to_string(),
                                                 what, dev_helps ? "--dev or " : "", named));
    };

    const auto plain = unmapped(address);
    const auto outer = plain.is_v4() ? classify(plain.to_v4()) : classify(plain.to_v6());
    if (!is_allowed(outer.kind)) return refuse(outer.name, outer.kind);
    if (plain.is_v4()) return {};
    // ::1 reads as IPv4-compatible too, but is what it is.
    if (outer.kind == AddressKind::loopback) return {};
    for (const auto& [inner, disguise] : embedded_v4(plain.to_v6())) {
        const auto found = classify(inner);
        if (!is_allowed(found.kind))
            return refuse(fmt::format("{} in the guise of {}, {}", inner.to_string(), disguise, found.name),
                          found.kind);
    }
    return {};
}

bool AddressRules::allows_plain_http(const ip::address& address) const {
    return mode_ == Mode::dev || is_named(address);
}

}  // namespace posthorn::io
