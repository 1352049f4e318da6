// Where an inet service of master.cf listens, as far as one can connect to it from this machine.
#pragma once

#include "core/base/ip_address.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <string>
#include <vector>

namespace relayctl {

// An address with its port, ready for connect(2).
struct SocketAddress {
    struct sockaddr_storage storage { };
    socklen_t size = 0;
    std::string text; // "127.0.0.1:25" or "[::1]:25"
};

// Where to connect to, or why that is not possible.
struct ServiceAddresses {
    std::vector<SocketAddress> addresses; // of this machine, in the order in which to try them
    std::string problem; // why there are none: "the service listens on 192.0.2.1, which ..."
};

// Returns the address with this port, as connect(2) takes it.
SocketAddress socket_address(const IpAddress& address, in_port_t port);

// Returns the port of this number or name ("submission", services(5)); 0 if the text is none.
in_port_t port_number(const std::string& text);

// Returns the addresses of the interfaces of this machine.
std::vector<IpAddress> addresses_of_machine();

// name: the service without its type, "25", "submission" or "mx.example:587". interfaces and
// protocols: inet_interfaces and inet_protocols of main.cf. Host names are looked up in /etc/hosts
// only, since a name server may take its time. Sources: get_master_ent() in master_ent.c,
// own_inet_addr_init() in own_inet_addr.c.
ServiceAddresses addresses_of_service(
    const std::string& name, const std::string& interfaces, const std::string& protocols);

} // namespace relayctl
