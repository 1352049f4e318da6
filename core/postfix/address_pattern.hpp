// One pattern of an address list such as mynetworks: an address, or a network with a prefix.
#pragma once

#include "core/base/ip_address.hpp"

#include <optional>
#include <string>

namespace relayctl {

// A single address is a network whose prefix has all bits.
struct AddressPattern {
    // The bits of the network are 0 if the pattern is a host name, which matches no address.
    IpAddress network;
    int prefix = 0; // in bits
    // True if smtpd cannot read the pattern: it answers 451 to a client of this family that no
    // earlier pattern has matched.
    bool is_broken = false;
};

// A network is broken if its prefix is too long, or if the address has bits set behind the prefix.
// Source: match_hostaddr() in util/match_ops.c and cidr_match_parse() in util/cidr_match.c.
AddressPattern parse_address_pattern(const std::string& text);

// Returns true if the address is in the network. Has no value if the pattern is broken for it.
std::optional<bool> matches_address(const AddressPattern& pattern, const IpAddress& address);

} // namespace relayctl
