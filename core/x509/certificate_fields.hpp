// The facts of a certificate, taken from OpenSSL's objects. Included by core/x509/*.cpp only.
#pragma once

#include "core/x509/certificate.hpp"
#include "core/x509/key_encodings.hpp"

#include <openssl/x509.h>

#include <string>

namespace relayctl::openssl {

// Returns a name as RFC 2253 writes it, with UTF-8 left as it is: "CN=zen.suse.co.uk,O=SUSE".
std::string name_text(const X509_NAME* name);

// Fills in all fields of Certificate. A field that cannot be read stays empty.
Certificate certificate_from(X509* x509);

} // namespace relayctl::openssl
