// The server that a client's settings name: its name, its port, how TLS begins there, and what the
// client trusts it by.
#pragma once

#include "core/postfix/postfix.hpp"

#include <string>

namespace relayctl {

struct ClientServer {
    std::string name; // a host name or an address
    int port = 0;
    bool from_the_start = false; // TLS from the first byte (smtpd_tls_wrappermode), no STARTTLS
    // SHA-256 of its certificate, where that is self-signed; empty: clients trust its CA.
    std::string fingerprint;
    std::string unknown; // what could not be found out, as a sentence for people; may be empty
};

// Returns the server of somebody who typed "mx.example:587", "[2001:db8::1]:465", or a name without
// a port, for which it is 587. Port 465 has TLS from the start (RFC 8314, 3.3). Errors:
// ErrorKind::usage.
ClientServer typed_server(const std::string& text);

// Returns myhostname, with the port of the submission service, or else of the first inet service
// of smtpd that master(8) starts; 25 if there is none. Errors: those of effective_services().
ClientServer server_of_postfix(Postfix& postfix);

// Adds to a server that was typed what the service on that port says: whether TLS begins at once,
// and the fingerprint of its certificate. Where no service has the port, the certificate is that of
// main.cf. Errors: those of effective_services().
void complete_from_postfix(ClientServer& server, Postfix& postfix);

// Stands for a server that nobody has named: the word SERVER, with the port of submission.
ClientServer unknown_server();

} // namespace relayctl
