// One IPv4 or IPv6 address.
#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace relayctl {

// An address of either family. Two are equal only if they are of the same family.
struct IpAddress {
    std::array<std::uint8_t, 16> bytes{}; // in network order; an IPv4 address has the first four
    int bits = 0; // 32 or 128, or 0 if this is no address

    bool operator==(const IpAddress&) const = default;
};

// Reads an address, with or without square brackets around it. bits is 0 if the text is none.
IpAddress parse_address(std::string text);

// Returns true if the text is an address, with or without square brackets around it.
bool is_address(const std::string& text);

// Returns bit number i of the address, counted from 0 at its beginning; i must be below
// address.bits.
bool bit_of(const IpAddress& address, int i);

} // namespace relayctl
