// The live test of one server: the sessions with and without the client's certificate. Nothing is
// sent: no session goes beyond RCPT.
#pragma once

#include "core/base/deadline.hpp"
#include "core/inspect/live_test_facts.hpp"
#include "core/inspect/service_address.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace relayctl {

// Where TLS begins.
enum class TlsStart : std::uint8_t {
    starttls, // after the greeting
    wrapped, // before it
};

// Where to connect to, and how.
struct LiveTestServer {
    ServiceAddresses where; // to be tried in turn
    std::string name; // sent as the server's name in TLS (SNI); empty for none
    TlsStart tls = TlsStart::starttls;
    bool tls_is_certain = false; // else the server's first bytes decide
};

// What is said in a session.
struct LiveTestTerms {
    std::optional<TlsIdentity> identity; // no value: only the session without a certificate
    std::string sender; // of MAIL FROM, without the angle brackets
    std::string recipient; // of RCPT TO
    std::chrono::milliseconds step_time{ 20000 }; // for one step
    SteadyClock::time_point end; // of everything
};

// Runs the session with the certificate and, where that leaves a doubt, the one without it: two
// connections, and two more where the server asks to try again, or greets in clear where TLS was
// to come first. facts: receives both sessions. Errors: those of TlsSession.
void run_live_test(const LiveTestServer& server, const LiveTestTerms& terms, LiveTestFacts& facts);

} // namespace relayctl
