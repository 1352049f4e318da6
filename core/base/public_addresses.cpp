#include "core/base/public_addresses.hpp"

#include <array>
#include <cstdio>

namespace relayctl {

namespace {

constexpr std::size_t samples_of_one_8 = 4; // one in each quarter of a /8 of IPv4
constexpr std::size_t most_own_samples = 2; // of IPv6, for the /16s that one owner may really have

// Returns true for an address of IPv4, false for one of IPv6.
bool is_v4(const std::string& address)
{
    return address.find(':') == std::string::npos;
}

// Makes the addresses: those of IPv4 that are public, then those of IPv6 by registry.
std::vector<std::string> make_sample()
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

const std::vector<std::string>& sample_of_public_addresses()
{
    static const std::vector<std::string> addresses = make_sample();
    return addresses;
}

Width width_of(const std::vector<bool>& matched)
{
    const auto& addresses = sample_of_public_addresses();
    std::array<std::size_t, 2> taken{}; // IPv4, IPv6
    std::array<std::size_t, 2> all{};
    for (std::size_t i = 0; i < addresses.size() && i < matched.size(); ++i) {
        const std::size_t family = is_v4(addresses[i]) ? 0 : 1;
        // A list that is shorter than the sample is judged by what there is.
        ++all[family];
        taken[family] += matched[i] ? 1 : 0;
    }
    // One family alone is enough: a client can choose the one by which it connects.
    if (taken[0] == all[0] || taken[1] == all[1]) {
        return Width::all;
    }
    if (taken[0] > samples_of_one_8 || taken[1] > most_own_samples) {
        return Width::wide;
    }
    return taken[0] == samples_of_one_8 ? Width::broad : Width::narrow;
}

} // namespace relayctl
