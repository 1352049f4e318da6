// What the running smtpd of a service showed to a client that connected from this machine, without
// a certificate and without a message.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace relayctl {

// What is known of a service after it was looked at.
enum class LiveStatus : std::uint8_t {
    unseen, // nobody looked, or nothing follows from what was seen
    dead, // nobody serves this address, although Postfix runs
    alive, // an smtpd answered
};

// What one conversation with a running service has shown.
struct LiveFacts {
    LiveStatus status = LiveStatus::unseen;
    bool is_refused = false; // dead: nothing listens on any of its addresses
    std::string address; // "127.0.0.1:25" or "[::1]:25"; empty if nobody connected
    // Unseen or dead: why, as a clause about the service: "it does not greet within 4 seconds".
    std::string problem;
    std::string greeting; // its first line, without the end of line; empty if none came
    bool from_the_start = false; // TLS came before the greeting
    // No value if the session ended before that was known.
    std::optional<bool> offers_tls;
    // Why there was no TLS although it was offered: "454 4.7.0 TLS not available due to local
    // problem", or OpenSSL's words for a handshake that failed.
    std::string tls_problem;
    bool tls_is_disabled = false; // smtpd has no TLS at all, and the handshake did not even begin
    // These are known if the handshake succeeded.
    std::string protocol; // "TLSv1.3"
    std::optional<bool> asks_for_certificate;
    std::vector<std::string> authorities; // the CAs that the request names
    // What smtpd last wrote to the mail log about an end that it met, or about TLS that it could
    // not set up: "fatal: bad boolean configuration: ...". Empty if no log was found.
    std::string logged;
    // The names of the CAs in smtpd_tls_CAfile as it is now. No value if they cannot be read.
    std::optional<std::vector<std::string>> configured_authorities;
    std::string disabled_by; // the value of master_service_disable, if it names this service
};

// What was seen of one service; no value if it is judged by its configuration alone.
struct LiveService {
    std::string name; // "submission/inet"
    std::optional<LiveFacts> live;
};

} // namespace relayctl
