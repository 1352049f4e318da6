// The facts of a certificate, taken from OpenSSL's objects. Included by core/x509/*.cpp only.
#pragma once

#include "core/x509/certificate.hpp"
#include "core/x509/openssl.hpp"

#include <openssl/x509.h>

#include <string>
#include <vector>

namespace relayctl::openssl {

// Returns the DER encoding of an object by its i2d_ function, and no bytes if that fails.
template <typename Encode, typename T>
std::vector<std::uint8_t> encode(Encode encode_function, T* object)
{
    unsigned char* out = nullptr;
    const int size = encode_function(object, &out);
    const Ptr<unsigned char, free_bytes> owner(out);
    return size > 0 ? std::vector<std::uint8_t>(out, out + size) : std::vector<std::uint8_t>();
}

// Returns a name as RFC 2253 writes it, with UTF-8 left as it is: "CN=zen.suse.co.uk,O=SUSE".
std::string name_text(const X509_NAME* name);

// Fills in all fields of Certificate. A field that cannot be read stays empty.
Certificate certificate_from(X509* x509);

} // namespace relayctl::openssl
