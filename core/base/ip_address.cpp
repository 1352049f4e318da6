#include "core/base/ip_address.hpp"

#include <arpa/inet.h>

namespace relayctl {

IpAddress parse_address(std::string text)
{
    if (text.size() > 2 && text.front() == '[' && text.back() == ']') {
        text = text.substr(1, text.size() - 2);
    }
    IpAddress address;
    if (::inet_pton(AF_INET, text.c_str(), address.bytes.data()) == 1) {
        address.bits = 32;
    } else if (::inet_pton(AF_INET6, text.c_str(), address.bytes.data()) == 1) {
        // The bytes of a failed attempt are not used, since `bits` stays 0.
        address.bits = 128;
    }
    return address;
}

bool is_address(const std::string& text)
{
    return parse_address(text).bits != 0;
}

bool bit_of(const IpAddress& address, int i)
{
    return (address.bytes[static_cast<std::size_t>(i / 8)] >> (7 - i % 8) & 1) != 0;
}

} // namespace relayctl
