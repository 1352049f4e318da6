#include "core/audit/networks.hpp"

#include "core/base/text.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace relayctl {

namespace {

struct Address {
    std::array<std::uint8_t, 16> bytes{};
    int bits = 0; // 32 or 128; 0 = none
};

// "192.0.2.1", "2001:db8::1", "[2001:db8::1]".
Address parse_address(std::string text)
{
    if (text.size() > 2 && text.front() == '[' && text.back() == ']') {
        text = text.substr(1, text.size() - 2);
    }
    Address address;
    if (::inet_pton(AF_INET, text.c_str(), address.bytes.data()) == 1) {
        address.bits = 32;
    } else if (::inet_pton(AF_INET6, text.c_str(), address.bytes.data()) == 1) {
        address.bits = 128;
    }
    return address;
}

bool same_prefix(const Address& a, const Address& b, int bits)
{
    for (int i = 0; i < bits; ++i) {
        const auto byte = static_cast<std::size_t>(i / 8);
        if (((a.bytes[byte] ^ b.bytes[byte]) >> (7 - i % 8) & 1) != 0) {
            return false;
        }
    }
    return true;
}

// "192.0.2.0/24", "[2001:db8::]/32", "[2001:db8::/32]", or an address alone.
struct Network {
    Address address;
    int prefix = 0;
};

std::optional<Network> parse_network(std::string text)
{
    text.erase(std::remove_if(text.begin(), text.end(), [](char c) { return c == '[' || c == ']'; }), text.end());
    const std::size_t slash = text.find('/');
    Network network{parse_address(text.substr(0, slash)), 0};
    if (network.address.bits == 0) {
        return std::nullopt;
    }
    network.prefix = network.address.bits;
    if (slash != std::string::npos) {
        const std::string digits = text.substr(slash + 1);
        if (digits.empty() || digits.size() > 3 || !std::all_of(digits.begin(), digits.end(), is_digit)) {
            return std::nullopt;
        }
        network.prefix = std::stoi(digits);
    }
    return network.prefix <= network.address.bits ? std::optional(network) : std::nullopt;
}

// No value: it cannot be told.
std::optional<bool> matches(const Network& network, const Address& client)
{
    if (client.bits != 0) {
        return client.bits == network.address.bits && same_prefix(network.address, client, network.prefix);
    }
    constexpr int narrowest_that_nobody_means = 8;
    return network.prefix == 0 ? std::optional(true) : network.prefix < narrowest_that_nobody_means ? std::nullopt : std::optional(false);
}

} // namespace

std::optional<bool> is_in_networks(std::string_view list, const std::string& address)
{
    const Address client = parse_address(address);
    for (const std::string& item : split_list(list)) {
        const bool negated = item.front() == '!';
        const std::string pattern = negated ? item.substr(1) : item;
        if (pattern.starts_with("static:")) {
            return !negated;
        }
        const auto network = parse_network(pattern);
        const auto match = network ? matches(*network, client) : std::nullopt;
        if (!match) {
            return std::nullopt;
        }
        if (*match) {
            return !negated;
        }
    }
    return false;
}

bool is_address(const std::string& text)
{
    return parse_address(text).bits != 0;
}

} // namespace relayctl
