// How much of the Internet a list of addresses takes in, told from a sample of public addresses.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace relayctl {

// Public addresses that stand for all others: four for each /8 of IPv4, and one for each /16 of the
// /12s that the regional registries of IPv6 hand out. Private, reserved and multicast ranges have
// none. The IPv4 addresses come first.
const std::vector<std::string>& sample_of_public_addresses();

enum class Width : std::uint8_t {
    narrow, // less than broad
    broad, // about as many public addresses as one /8 of IPv4 has
    wide, // more than that: nobody's own networks
    all, // every public address of IPv4, or of IPv6
};

// matched: for each of sample_of_public_addresses() whether the list takes it in, in that order.
Width width_of(const std::vector<bool>& matched);

} // namespace relayctl
