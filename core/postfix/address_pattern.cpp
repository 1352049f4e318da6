#include "core/postfix/address_pattern.hpp"

#include "core/base/text.hpp"

#include <algorithm>

namespace relayctl {

namespace {

// Returns true if the address has a bit set behind the prefix, so that it is no address of a
// network.
bool has_host_bits(const IpAddress& address, int prefix)
{
    for (int i = prefix; i < address.bits; ++i) {
        if (bit_of(address, i)) {
            return true;
        }
    }
    return false;
}

} // namespace

AddressPattern parse_address_pattern(const std::string& text)
{
    const IpAddress alone = parse_address(text);
    if (alone.bits != 0) {
        return { alone, alone.bits, false };
    }
    const bool names_network = text.find_first_of(":/") != std::string::npos
        && text.find_first_not_of("0123456789.abcdefABCDEF:[]/") == std::string::npos;
    if (!names_network) {
        return {};
    }
    std::string plain = text;
    plain.erase(
        std::remove_if(plain.begin(), plain.end(), [](char c) { return c == '[' || c == ']'; }),
        plain.end());
    const std::size_t slash = plain.find('/');
    const std::string digits = slash == std::string::npos ? "" : plain.substr(slash + 1);
    AddressPattern pattern{ parse_address(plain.substr(0, slash)), 0, true };
    const bool is_number = !digits.empty() && digits.size() <= 3
        && std::all_of(digits.begin(), digits.end(), is_digit);
    pattern.prefix = is_number ? std::stoi(digits) : -1;
    pattern.is_broken = pattern.network.bits == 0 || pattern.prefix < 0
        || pattern.prefix > pattern.network.bits || has_host_bits(pattern.network, pattern.prefix);
    if (pattern.network.bits == 0) {
        pattern.network.bits = text.find(':') == std::string::npos ? 32 : 128;
    }
    return pattern;
}

std::optional<bool> matches_address(const AddressPattern& pattern, const IpAddress& address)
{
    if (address.bits == 0 || pattern.network.bits != address.bits) {
        return false;
    }
    if (pattern.is_broken) {
        return std::nullopt;
    }
    for (int i = 0; i < pattern.prefix; ++i) {
        if (bit_of(pattern.network, i) != bit_of(address, i)) {
            return false;
        }
    }
    return true;
}

} // namespace relayctl
