// Addresses and networks as smtpd compares them, and how much of the Internet a list of them takes in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relayctl {

// Whether it is an IPv4 or IPv6 address, with or without brackets.
bool is_address(const std::string& text);

// Whether one pattern of an address list is this address or a network with it. A pattern that is a host name matches no
// address. No value where smtpd cannot read the pattern and answers 451 to whoever reaches it: a prefix that is too long, or a
// network with host bits. Fact: match_hostaddr() in match_ops.c.
std::optional<bool> matches_address(std::string_view pattern, const std::string& address);

// Public addresses that stand for all others: as many for each /8 of IPv4, and one for each /16 of the /12s that the regional
// registries of IPv6 hand out. Private, reserved and multicast ranges have none.
const std::vector<std::string>& addresses_everywhere();

// How much of the Internet a list takes in.
enum class Width : std::uint8_t {
    narrow,
    broad, // about as many public addresses as one /8 of IPv4 has
    wide,  // more than that: nobody's own networks
    all,   // every public address of IPv4, or of IPv6
};

// matched: for each of addresses_everywhere() whether it is taken in; the same size.
Width width_of(const std::vector<bool>& matched);

} // namespace relayctl
