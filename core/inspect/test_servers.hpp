// The servers of a live test: where a name and a port lead to, and the inet services of this
// machine.
#pragma once

#include "core/base/deadline.hpp"
#include "core/inspect/live_test.hpp"
#include "core/postfix/postfix.hpp"

#include <netinet/in.h>

#include <optional>
#include <string>
#include <vector>

namespace relayctl {

inline constexpr in_port_t submission_port = 587; // RFC 6409

// HOST[:PORT] as it was typed.
struct HostAndPort {
    std::string host; // without square brackets
    std::string port; // a number or the name of a service; empty if none was typed
};

// Reads "mx.example", "mx.example:587", "192.0.2.1:submission", "[2001:db8::1]:25" and
// "2001:db8::1". Has no value for any other text.
std::optional<HostAndPort> parse_host_and_port(const std::string& text);

// How TLS begins where nobody has said it: before the greeting on port 465 (RFC 8314).
TlsStart usual_tls_start(const std::string& port);

// Looks the addresses up, until the deadline. Without a port these are ports 587 and 25, or 465 for
// TLS from the start, in turn. If there are none, the problem says why.
ServiceAddresses addresses_of_host(
    const HostAndPort& host, TlsStart tls, SteadyClock::time_point deadline);

// One inet service of master.cf that is served by smtpd or by postscreen.
struct TestedService {
    std::string name; // as postconf names it: "submission/inet"
    LiveTestServer server;
    bool is_postscreen = false; // smtpd stands behind it
    // Why it cannot be tested, as a clause about it; empty if it can.
    std::string problem;
    bool listens_everywhere = false; // on each address of this machine
};

// Returns the services in the order of master.cf. Spawns postconf. Throws what effective_services()
// throws.
std::vector<TestedService> services_to_test(Postfix& postfix);

// Why the services of this Postfix cannot be connected to from here: it does not run, or elsewhere.
// Empty if they can. Throws what Postfix::parameters() throws.
std::string reason_not_to_connect(Postfix& postfix);

// Returns the service that listens on this address of this machine, or nullptr. address:
// "192.0.2.1:587".
const TestedService* service_at(
    const std::vector<TestedService>& services, const std::string& address);

} // namespace relayctl
