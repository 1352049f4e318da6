// Tells how much of the Internet a list of addresses matches, by a sample of public addresses.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace relayctl {

// Returns public addresses that stand for all others: four in each /8 of IPv4, and one in each /16
// of the /12s that the regional registries of IPv6 hand out. There are none of private, reserved
// and multicast ranges. The IPv4 addresses come first.
const std::vector<std::string>& sample_of_public_addresses();

// How much of the Internet a list takes in. The values ascend, so that they can be compared.
enum class Width : std::uint8_t {
    narrow, // fewer addresses than broad
    broad, // about as many public addresses as one /8 of IPv4 has
    wide, // more than that, which nobody's own networks are
    all, // every public address of IPv4, or every one of IPv6
};

// matched: for each of sample_of_public_addresses(), in that order, true if the list matches it.
Width width_of(const std::vector<bool>& matched);

} // namespace relayctl
