// What a server answered in a live test: a session as the client, up to RCPT, and the same session
// without a certificate.
#pragma once

#include "core/x509/tls_session.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace relayctl {

// How far a session got.
enum class SessionEnd : std::uint8_t {
    answered, // the server answered RCPT, or refused a command before it
    unknown_host, // the name has no address
    not_connected, // nothing listens there, or no way leads there
    silent, // no answer within the time for one step
    closed, // the connection ended instead of an answer
    nonsense, // what answers speaks neither SMTP nor TLS
    tls_failed, // the server speaks TLS, and the handshake fails
    out_of_time, // the time for the whole test was over
};

struct StepFacts {
    std::string name; // "connect", "greeting", "EHLO", "STARTTLS", "TLS", "MAIL", "RCPT", ...
    bool is_good = false;
    int code = 0; // of the reply; 0 if none came, or none was due
    std::string text; // the last line of the reply, or what went wrong
    std::chrono::milliseconds time{ 0 };

    // Returns true if the reply refuses to relay: "554 5.7.1 <a@b>: Relay access denied" (smtpd),
    // the same with 454 4.7.1 (smtpd, of defer_unauth_destination: smtpd_check.c), "550 relay not
    // permitted" (exim), "550 5.7.1 ... Relaying denied" (sendmail).
    bool denies_relaying() const;
};

struct SessionFacts {
    SessionEnd end = SessionEnd::answered;
    std::string problem; // why there is no answer, as a clause: "it does not answer within 20 s"
    std::string address; // of the server: "192.0.2.1:587"; empty if no address was found
    std::string client_address; // ours, as the server sees it without a translation between us
    std::vector<StepFacts> steps; // in their order
    bool from_the_start = false; // TLS came before the greeting
    std::optional<bool> offers_tls; // no value if the session ended before that was known
    TlsShown tls; // without a protocol if there was no handshake
    // The temporary refusal after which the session was tried a second time; empty if it was not.
    std::string tried_again_after;

    bool has_tls() const noexcept { return !tls.protocol.empty(); }
    // Returns the step that ended the session, which is that of RCPT if all went well; nullptr if
    // there was none. RSET and QUIT behind it do not count.
    const StepFacts* last_step() const noexcept;
    // Returns true if the server takes a recipient elsewhere: it relays.
    bool relays() const noexcept;
};

// The live test of one server, or of one service of this machine.
struct LiveTestFacts {
    std::string name; // as people call it: "mx.example:587", "submission/inet"
    std::string service; // of master.cf, if it is one of this machine's Postfix: "submission/inet"
    std::optional<SessionFacts> session; // with the certificate; no value if there is no key
    // Without the certificate. No value if the first session says it all: it came to no answer, or
    // it showed no certificate since the server did not ask for one.
    std::optional<SessionFacts> control;
    std::string untested; // why nobody connected, as a clause about the service; else empty
};

} // namespace relayctl
