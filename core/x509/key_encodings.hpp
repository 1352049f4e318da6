// Takes the two encodings of a public key from OpenSSL's objects. Included by core/x509/*.cpp only.
#pragma once

#include "core/x509/openssl.hpp"
#include "core/x509/public_key.hpp"

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

// Returns the key of a certificate or a request, or that of a file with a public key.
PublicKey public_key_of(X509_PUBKEY* written);

// Returns the public half of a private key. data, size: the file that it was decoded from.
PublicKey public_key_of_private(EVP_PKEY* decoded, const unsigned char* data, long size);

} // namespace relayctl::openssl
