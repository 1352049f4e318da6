// An address to connect to is found from the name of the service and from inet_interfaces, and it
// must be one of this machine: what master(8) listens on elsewhere, as in a container, is not this
// service. Nothing here asks a name server.
#include "core/inspect/service_address.hpp"

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/ip_address.hpp"
#include "core/base/text.hpp"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netdb.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>

namespace relayctl {

namespace {

constexpr std::uint64_t most_hosts_bytes = 1 << 20;

// Returns the address in a socket address; no address for another family.
IpAddress address_of(const struct sockaddr& socket_address)
{
    IpAddress address;
    if (socket_address.sa_family == AF_INET) {
        const auto& v4 = reinterpret_cast<const struct sockaddr_in&>(socket_address);
        std::memcpy(address.bytes.data(), &v4.sin_addr, sizeof v4.sin_addr);
        address.bits = 32;
    } else if (socket_address.sa_family == AF_INET6) {
        const auto& v6 = reinterpret_cast<const struct sockaddr_in6&>(socket_address);
        std::memcpy(address.bytes.data(), &v6.sin6_addr, sizeof v6.sin6_addr);
        address.bits = 128;
    }
    return address;
}

// Returns the addresses that /etc/hosts gives the name.
std::vector<IpAddress> addresses_in_hosts(const std::string& name)
{
    std::vector<IpAddress> found;
    std::optional<FileContent> hosts;
    try {
        hosts = read_file_if_any("/etc/hosts", most_hosts_bytes);
    } catch (const Error&) { // then nobody has an address
    }
    for (const std::string_view line : split_lines(hosts ? hosts->text : "")) {
        const auto words = split_list(line.substr(0, line.find('#')), " \t\r");
        const bool names_it = std::any_of(words.begin() + (words.empty() ? 0 : 1), words.end(),
            [&](const std::string& word) { return equal_ignoring_case(word, name); });
        if (names_it && is_address(words.front())) {
            found.push_back(parse_address(words.front()));
        }
    }
    return found;
}

// Returns the addresses of a host name, or the address itself. localhost is known without
// /etc/hosts, too.
std::vector<IpAddress> resolved(const std::string& host)
{
    const IpAddress address = parse_address(host);
    if (address.bits != 0) {
        return { address };
    }
    auto found = addresses_in_hosts(host);
    if (found.empty() && equal_ignoring_case(host, "localhost")) {
        found = { parse_address("127.0.0.1"), parse_address("::1") };
    }
    return found;
}

// What listens on every address, and what listens on those of the loopback, answers on 127.0.0.1.
std::vector<IpAddress> addresses_to_connect_to(const std::string& name)
{
    if (name == "all" || name == "loopback-only" || name == "0.0.0.0" || name == "::"
        || name == "[::]") {
        return { parse_address("127.0.0.1"), parse_address("::1") };
    }
    return resolved(name);
}

bool is_spoken(const IpAddress& address, const std::string& protocols)
{
    const auto names = split_list(protocols);
    return names.empty() || std::any_of(names.begin(), names.end(), [&](const std::string& name) {
        return name == "all" || name == (address.bits == 32 ? "ipv4" : "ipv6");
    });
}

} // namespace

std::vector<IpAddress> addresses_of_machine()
{
    std::vector<IpAddress> found;
    struct ifaddrs* list = nullptr;
    if (::getifaddrs(&list) != 0) {
        return found;
    }
    const std::unique_ptr<struct ifaddrs, void (*)(struct ifaddrs*)> owner(list, ::freeifaddrs);
    for (const struct ifaddrs* next = list; next != nullptr; next = next->ifa_next) {
        if (next->ifa_addr != nullptr) {
            found.push_back(address_of(*next->ifa_addr));
        }
    }
    return found;
}

in_port_t port_number(const std::string& text)
{
    if (!text.empty() && text.size() < 6 && std::all_of(text.begin(), text.end(), is_digit)) {
        const int port = std::stoi(text);
        return static_cast<in_port_t>(port < 65536 ? port : 0);
    }
    if (const struct servent* service = ::getservbyname(text.c_str(), "tcp")) {
        return ntohs(static_cast<in_port_t>(service->s_port));
    }
    // A machine may have no /etc/services; these are of known_tcp_ports (Postfix 3.6).
    return text == "smtp"                          ? 25
        : text == "submission"                     ? 587
        : text == "submissions" || text == "smtps" ? 465
                                                   : 0;
}

// Returns the form that connect(2) takes, with a text for messages.
SocketAddress socket_address(const IpAddress& address, in_port_t port)
{
    SocketAddress result;
    const bool is_v4 = address.bits == 32;
    char text[INET6_ADDRSTRLEN] = {};
    ::inet_ntop(is_v4 ? AF_INET : AF_INET6, address.bytes.data(), text, sizeof text);
    if (is_v4) {
        struct sockaddr_in v4 { };
        v4.sin_family = AF_INET;
        v4.sin_port = htons(port);
        std::memcpy(&v4.sin_addr, address.bytes.data(), sizeof v4.sin_addr);
        std::memcpy(&result.storage, &v4, sizeof v4);
        result.size = sizeof v4;
    } else {
        struct sockaddr_in6 v6 { };
        v6.sin6_family = AF_INET6;
        v6.sin6_port = htons(port);
        std::memcpy(&v6.sin6_addr, address.bytes.data(), sizeof v6.sin6_addr);
        std::memcpy(&result.storage, &v6, sizeof v6);
        result.size = sizeof v6;
    }
    result.text
        = (is_v4 ? std::string(text) : '[' + std::string(text) + ']') + ':' + std::to_string(port);
    return result;
}

ServiceAddresses addresses_of_service(
    const std::string& name, const std::string& interfaces, const std::string& protocols)
{
    ServiceAddresses result;
    const std::size_t colon = name.rfind(':');
    const bool has_host = colon != std::string::npos && colon > 0;
    const in_port_t port = port_number(colon == std::string::npos ? name : name.substr(colon + 1));
    if (port == 0) {
        result.problem = "this machine does not know the port " + quote(name);
        return result;
    }
    const auto hosts
        = has_host ? std::vector<std::string>{ name.substr(0, colon) } : split_list(interfaces);
    const auto here = addresses_of_machine();
    for (const std::string& host : hosts) {
        for (const IpAddress& address : addresses_to_connect_to(host)) {
            if (is_spoken(address, protocols)
                && std::find(here.begin(), here.end(), address) != here.end()) {
                result.addresses.push_back(socket_address(address, port));
            }
        }
    }
    if (result.addresses.empty()) {
        result.problem = "it listens on " + escape(join(hosts, ", "))
            + ", which is no address of this machine that its files name";
    }
    return result;
}

} // namespace relayctl
