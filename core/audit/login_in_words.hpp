// The words of every command for a client that does not get as far as showing its certificate.
#pragma once

#include "core/x509/key_login.hpp"

#include <optional>
#include <string>

namespace relayctl {

// "its key (EC secp224r1) cannot log in: ...", or "...by TLS 1.2 only: ...". Has no value if the
// key can log in with every version of TLS that the terms allow.
std::optional<std::string> login_problem_in_words(
    const PublicKey& key, const KeyLogin& login, const LoginTerms& terms);

// Returns the sentence about a server that does not name the issuer of a client's certificate.
// Source: lib/auth/cert.c of GnuTLS sends a certificate only if its issuer is named, or none is.
std::string withheld_in_words();

} // namespace relayctl
