// Tells with which versions of TLS a client can log in by a key of some kind: not every key of a
// certificate can sign a handshake, and not every server takes every curve.
#pragma once

#include "core/x509/public_key.hpp"

#include <string>

namespace relayctl {

// How a server speaks TLS, as far as it decides that.
struct LoginTerms {
    std::string curves; // tls_eecdh_auto_curves; empty for OpenSSL's own list
    std::string groups; // tls_ffdhe_auto_groups, which later versions of Postfix append
    int security_level = 0; // OpenSSL's; smtpd sets 0, and a cipher list may set another
    bool allows_tls12 = true;
    bool allows_tls13 = true;
};

// The versions of TLS by which a key can log in. Postfix looks at the fingerprint only after the
// handshake, so a client whose key has neither version never gets that far.
struct KeyLogin {
    bool by_tls12 = false;
    bool by_tls13 = false;

    bool is_possible() const noexcept { return by_tls12 || by_tls13; }
    friend bool operator==(const KeyLogin&, const KeyLogin&) = default;
};

// Returns the terms of an smtpd that is configured in the usual way.
LoginTerms usual_login_terms();

// Tries it: a client with a new key of the same kind (algorithm, curve, parameters; for RSA the
// size, as far as a small one matters) shakes hands with a server in memory, as smtpd would
// (tls_server_init() in tls_server.c). Both obey OpenSSL's configuration of this machine, as smtpd
// does; the client is at security level 0. A key that OpenSSL does not know cannot
// log in. Remembers the answer for each kind and these terms; threads may call it.
KeyLogin login_by(const PublicKey& key, const LoginTerms& terms);

// Returns the kind of a key for people: "EC secp224r1", "RSA of 512 bits"; empty if OpenSSL does
// not know it.
std::string kind_of_key(const PublicKey& key);

} // namespace relayctl
