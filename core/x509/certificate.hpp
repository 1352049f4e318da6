// What a file of certificates or keys holds: facts and the two encodings that fingerprints are made of.
#pragma once

#include "core/base/time.hpp"
#include "core/x509/digest.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relayctl {

// A certificate.
struct Certificate {
    std::vector<std::uint8_t> der;      // the whole certificate
    std::vector<std::uint8_t> key_der;  // its SubjectPublicKeyInfo, byte for byte
    std::string subject;                // RFC 2253 with UTF-8 as it is: "CN=zen.suse.co.uk,O=SUSE"
    std::string issuer;
    std::string serial;                 // upper-case hexadecimal
    Time not_before;
    Time not_after;
    std::vector<std::string> dns_names; // subjectAltName dNSName
    std::vector<std::string> common_names;
    std::string key_type;               // "RSA", "EC", "ED25519", ...; empty where OpenSSL does not know it
    int key_bits = 0;

    Fingerprint fingerprint(const Digest& digest) const { return digest.of(der); }
    Fingerprint key_fingerprint(const Digest& digest) const { return digest.of(key_der); }
    // The one name that it is for: the only dNSName, or without any the only common name. No value where there are none or several.
    std::optional<std::string> only_name() const;
};

// A public key that came without a certificate: of a CSR, a public or a private key.
struct BareKey {
    enum class Source { request, public_key, private_key };
    Source source;
    std::vector<std::uint8_t> key_der;
    std::string subject; // of a CSR; else empty

    Fingerprint key_fingerprint(const Digest& digest) const { return digest.of(key_der); }
    std::string_view source_name() const noexcept; // "certificate request", "public key", "private key"
};

// All of one file.
struct CertificateFile {
    std::string name;
    std::vector<Certificate> certificates;
    std::vector<BareKey> keys;

    // The certificate that a client with this file presents: the first, or the one whose key is the private key in the
    // file. No value where there is no certificate.
    const Certificate* presented() const noexcept;
    // The key to pin where there is no certificate; nullptr where there is none.
    const BareKey* bare_key() const noexcept;
};

// Reads PEM (any text around the blocks, CRLF, several blocks), DER, PKCS#7, CSR, public and private keys.
// name: of the file, for errors. Errors, all ErrorKind::input: nothing of that kind inside, a block that is cut off or
// corrupt, only an encrypted private key, a PKCS#12 file.
CertificateFile parse_certificates(std::string_view bytes, const std::string& name);

// The same from a file; "-" is standard input; /dev/stdin and /dev/fd/N are descriptors that the caller handed over.
// Errors: those of parse_certificates and read_file.
CertificateFile load_certificates(const std::string& path);

} // namespace relayctl
