// One pattern of an address list such as mynetworks: an address, or a network with a prefix.
#pragma once

#include "core/base/ip_address.hpp"

#include <optional>
#include <string>

namespace relayctl {

struct AddressPattern {
    IpAddress network; // bits = 0: the pattern is a host name, which matches no address
    int prefix = 0; // in bits
    // smtpd cannot read it, and answers 451 to a client of this family whom no earlier pattern has
    // matched.
    bool is_broken = false;
};

// Fact: match_hostaddr() in match_ops.c and cidr_match_parse() in cidr_match.c: a network is broken
// if its prefix is too long, or if it has bits behind its prefix.
AddressPattern parse_address_pattern(const std::string& text);

// Returns whether the address is in the network; no value where smtpd fails at this pattern.
std::optional<bool> matches_address(const AddressPattern& pattern, const IpAddress& address);

} // namespace relayctl
