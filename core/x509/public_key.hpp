// A public key, in the two encodings that servers make its fingerprint of.
#pragma once

#include "core/x509/digest.hpp"

#include <cstdint>
#include <vector>

namespace relayctl {

// Which bytes of a key a server digests. Most keys have the same bytes in both encodings.
enum class KeyEncoding {
    as_written, // the SubjectPublicKeyInfo as it stands in the certificate: i2d_X509_PUBKEY()
    anew, // the key as OpenSSL encodes it after decoding it: i2d_PUBKEY()
};

struct PublicKey {
    // SubjectPublicKeyInfo, byte for byte. Of a private key, which has none: what a certificate has
    // that names the algorithm and its parameters with the same bytes.
    std::vector<std::uint8_t> as_written;
    // SubjectPublicKeyInfo, decoded and encoded anew. Empty if that gives the same bytes, or if
    // OpenSSL does not know the key.
    std::vector<std::uint8_t> anew;

    // Returns true if its fingerprint depends on the server. Such are RSA keys without the NULL
    // behind their algorithm, RSA-PSS keys of GnuTLS, and explicit curves without a cofactor.
    bool has_two_encodings() const noexcept { return !anew.empty(); }

    const std::vector<std::uint8_t>& bytes(KeyEncoding encoding) const noexcept
    {
        return encoding == KeyEncoding::anew && has_two_encodings() ? anew : as_written;
    }
    Fingerprint fingerprint(const Digest& digest, KeyEncoding encoding) const
    {
        return digest.of(bytes(encoding));
    }
};

// Returns the other encoding.
constexpr KeyEncoding other_encoding(KeyEncoding encoding) noexcept
{
    return encoding == KeyEncoding::anew ? KeyEncoding::as_written : KeyEncoding::anew;
}

// Returns true if both are the same key, however they are encoded.
bool is_same_key(const PublicKey& a, const PublicKey& b);

} // namespace relayctl
