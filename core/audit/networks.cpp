#include "core/audit/networks.hpp"

#include "core/base/text.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstdio>

namespace relayctl {

namespace {

bool bit_of(const IpAddress& address, int i)
{
    return (address.bytes[static_cast<std::size_t>(i / 8)] >> (7 - i % 8) & 1) != 0;
}

bool has_host_bits(const IpAddress& address, int prefix)
{
    for (int i = prefix; i < address.bits; ++i) {
        if (bit_of(address, i)) {
            return true;
        }
    }
    return false;
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
            addresses.push_back(
                std::to_string(first) + '.' + std::to_string(shared ? 38 : second) + ".201.13");
        }
    }
    for (const unsigned registry : { 0x2400U, 0x2600U, 0x2800U, 0x2a00U, 0x2c00U }) {
        for (unsigned i = 0; i < 16; ++i) {
            std::array<char, 8> group{};
            std::snprintf(group.data(), group.size(), "%x", registry + i);
            addresses.push_back(std::string(group.data()) + ":75ab:c9d::d");
        }
    }
    return addresses;
}

} // namespace

IpAddress parse_address(std::string text)
{
    if (text.size() > 2 && text.front() == '[' && text.back() == ']') {
        text = text.substr(1, text.size() - 2);
    }
    IpAddress address;
    if (::inet_pton(AF_INET, text.c_str(), address.bytes.data()) == 1) {
        address.bits = 32;
    } else if (::inet_pton(AF_INET6, text.c_str(), address.bytes.data()) == 1) {
        address.bits = 128;
    }
    return address;
}

bool is_address(const std::string& text)
{
    return parse_address(text).bits != 0;
}

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
