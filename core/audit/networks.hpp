// Addresses and networks as smtpd compares them, and how much of the Internet a list of them takes
// in.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace relayctl {

// Whether it is an IPv4 or IPv6 address, with or without brackets.
bool is_address(const std::string& text);

// An IPv4 or IPv6 address.
struct IpAddress {
    std::array<std::uint8_t, 16> bytes{};
    int bits = 0; // 32 or 128; 0 = it is none

    bool operator==(const IpAddress&) const = default;
};

// With or without brackets; bits = 0 where it is none.
IpAddress parse_address(std::string text);

// One pattern of an address list: an address, or a network with a prefix.
struct AddressPattern {
    IpAddress network; // bits = 0: the pattern is a host name, which matches no address
    int prefix = 0;
    bool is_broken
        = false; // smtpd cannot read it and answers 451 to a client of this family that reaches it
};

// Fact: match_hostaddr() in match_ops.c, cidr_match_parse(): a prefix that is too long is broken,
// and so is a network with host bits.
AddressPattern parse_address_pattern(const std::string& text);

// No value: smtpd fails at this pattern.
std::optional<bool> matches_address(const AddressPattern& pattern, const IpAddress& address);

// Public addresses that stand for all others: as many for each /8 of IPv4, and one for each /16 of
// the /12s that the regional registries of IPv6 hand out. Private, reserved and multicast ranges
// have none.
const std::vector<std::string>& addresses_everywhere();

// How much of the Internet a list takes in.
enum class Width : std::uint8_t {
    narrow,
    broad, // about as many public addresses as one /8 of IPv4 has
    wide, // more than that: nobody's own networks
    all, // every public address of IPv4, or of IPv6
};

// matched: for each of addresses_everywhere() whether it is taken in; the same size.
Width width_of(const std::vector<bool>& matched);

} // namespace relayctl
