#include "core/audit/networks.hpp"

#include "core/base/text.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstdio>

namespace relayctl {

namespace {

struct Address {
    std::array<std::uint8_t, 16> bytes{};
    int bits = 0; // 32 or 128; 0 = none

    bool bit(int i) const { return (bytes[static_cast<std::size_t>(i / 8)] >> (7 - i % 8) & 1) != 0; }
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
        if (a.bit(i) != b.bit(i)) {
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
    network.prefix = network.address.bits;
    if (network.address.bits == 0) {
        return std::nullopt;
    }
    if (slash != std::string::npos) {
        const std::string digits = text.substr(slash + 1);
        if (digits.empty() || digits.size() > 3 || !std::all_of(digits.begin(), digits.end(), is_digit)) {
            return std::nullopt;
        }
        network.prefix = std::stoi(digits);
    }
    for (int i = network.prefix; i < network.address.bits; ++i) {
        if (network.address.bit(i)) {
            return std::nullopt; // host bits
        }
    }
    return network.prefix <= network.address.bits ? std::optional(network) : std::nullopt;
}

constexpr std::size_t samples_of_8 = 4; // for each /8 of IPv4: one in each quarter
constexpr std::size_t samples_of_own = 2; // in IPv6, the /16s that somebody may really have

bool is_v4(const std::string& address)
{
    return address.find(':') == std::string::npos;
}

std::vector<std::string> make_addresses()
{
    std::vector<std::string> addresses;
    for (int first = 1; first < 224; ++first) {
        for (int second = 37; first != 10 && first != 127 && second < 256; second += 64) {
            const bool shared = first == 100 && second == 101; // 100.64.0.0/10
            addresses.push_back(std::to_string(first) + '.' + std::to_string(shared ? 38 : second) + ".201.13");
        }
    }
    for (const unsigned registry : {0x2400U, 0x2600U, 0x2800U, 0x2a00U, 0x2c00U}) {
        for (unsigned i = 0; i < 16; ++i) {
            std::array<char, 8> group{};
            std::snprintf(group.data(), group.size(), "%x", registry + i);
            addresses.push_back(std::string(group.data()) + ":75ab:c9d::d");
        }
    }
    return addresses;
}

} // namespace

bool is_address(const std::string& text)
{
    return parse_address(text).bits != 0;
}

std::optional<bool> matches_address(std::string_view pattern, const std::string& address)
{
    const Address client = parse_address(address);
    const Address alone = parse_address(std::string(pattern));
    const bool names_network = pattern.find_first_of(":/") != std::string_view::npos
        && pattern.find_first_not_of("0123456789.abcdefABCDEF:[]/") == std::string_view::npos;
    if (alone.bits != 0) {
        return alone.bits == client.bits && alone.bytes == client.bytes;
    }
    if (!names_network || (pattern.find(':') == std::string_view::npos) != (client.bits == 32)) {
        return false;
    }
    const auto network = parse_network(std::string(pattern));
    return network ? std::optional(network->address.bits == client.bits && same_prefix(network->address, client, network->prefix))
                   : std::nullopt;
}

const std::vector<std::string>& addresses_everywhere()
{
    static const std::vector<std::string> addresses = make_addresses();
    return addresses;
}

Width width_of(const std::vector<bool>& matched)
{
    const auto& addresses = addresses_everywhere();
    std::array<std::size_t, 2> taken{};
    std::array<std::size_t, 2> all{};
    for (std::size_t i = 0; i < addresses.size() && i < matched.size(); ++i) {
        const std::size_t family = is_v4(addresses[i]) ? 0 : 1;
        ++all[family];
        taken[family] += matched[i] ? 1 : 0;
    }
    if (taken[0] == all[0] || taken[1] == all[1]) {
        return Width::all;
    }
    if (taken[0] > samples_of_8 || taken[1] > samples_of_own) {
        return Width::wide;
    }
    return taken[0] == samples_of_8 ? Width::broad : Width::narrow;
}

} // namespace relayctl
