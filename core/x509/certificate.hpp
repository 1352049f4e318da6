// What a file of certificates or keys holds: facts and the two encodings that fingerprints are made
// of.
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
    std::vector<std::uint8_t> der; // the whole certificate
    std::vector<std::uint8_t> key_der; // its SubjectPublicKeyInfo, byte for byte
    std::string subject; // RFC 2253 with UTF-8 as it is: "CN=zen.suse.co.uk,O=SUSE"
    std::string issuer;
    std::string serial; // upper-case hexadecimal
    // No value where the date cannot be read: it is no time of X.509 (RFC 5280, 4.1.2.5), or not in
    // the years 0 to 9999. 9999-12-31T23:59:59Z is what a certificate says that has no end.
    std::optional<Time> not_before;
    std::optional<Time> not_after;
    std::vector<std::string> dns_names; // subjectAltName dNSName
    std::vector<std::string> common_names;
    std::string key_type; // "RSA", "EC", "ED25519", ...; empty where OpenSSL does not know it
    int key_bits = 0;
    bool is_authority = false; // see is_authority() in parse_certificates.cpp

    Fingerprint fingerprint(const Digest& digest) const { return digest.of(der); }
    Fingerprint key_fingerprint(const Digest& digest) const { return digest.of(key_der); }
    // The one name that it is for: the only dNSName, or without any the only common name. No value
    // where there are none or several.
    std::optional<std::string> only_name() const;

    // Whether it names this host or address as X509_check_host() and X509_check_ip_asc() compare
    // them: in any case of letters, with wildcards, in subjectAltName or the common name.
    bool names_host(const std::string& host) const;
};

// A public key that came without a certificate: of a CSR, a public or a private key.
struct BareKey {
    enum class Source { request, public_key, private_key };
    Source source;
    std::vector<std::uint8_t> key_der;
    std::string subject; // of a CSR; else empty

    Fingerprint key_fingerprint(const Digest& digest) const { return digest.of(key_der); }
    std::string_view
    source_name() const noexcept; // "certificate request", "public key", "private key"
};

// All of one file.
struct CertificateFile {
    std::string name;
    std::vector<Certificate> certificates;
    std::vector<BareKey> keys;

    // The certificate that a client with this file presents; nullptr where there is no certificate.
    // Of several it is the one that a key in the file belongs to; where there is no key, the one
    // that issued no other certificate of the file, by its name and by the signature. Errors:
    // ErrorKind::input, which names the candidates, where that is not one certificate, and where a
    // key in the file belongs to none.
    const Certificate* presented() const;
    // The key to pin where there is no certificate; nullptr where there is none.
    const BareKey* bare_key() const noexcept;
};

// Reads PEM (any text around the blocks, CRLF, several blocks), DER, PKCS#7, CSR, public and
// private keys. name: of the file, for errors. Errors, all ErrorKind::input: nothing of that kind
// inside, a block that is cut off or corrupt, only an encrypted private key, a PKCS#12 file.
CertificateFile parse_certificates(std::string_view bytes, const std::string& name);

// The same from a file; "-" is standard input; /dev/stdin and /dev/fd/N are descriptors that the
// caller handed over. Errors: those of parse_certificates and read_file.
CertificateFile load_certificates(const std::string& path);

} // namespace relayctl
