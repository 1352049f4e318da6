// What a file of certificates, requests and keys holds: facts, and what fingerprints are made of.
#pragma once

#include "core/base/time.hpp"
#include "core/x509/public_key.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relayctl {

// One certificate with what relayctl shows, compares or keeps of it.
struct Certificate {
    std::vector<std::uint8_t> der; // all of the certificate
    PublicKey key;
    std::string subject; // RFC 2253 with UTF-8 as it is: "CN=zen.suse.co.uk,O=SUSE"
    std::string issuer;
    std::string serial; // upper-case hexadecimal
    // These have no value if the date is no time of X.509 (RFC 5280, 4.1.2.5) or not in the years 0
    // to 9999. A certificate without an end says 9999-12-31T23:59:59Z.
    std::optional<Time> not_before;
    std::optional<Time> not_after;
    std::vector<std::string> dns_names; // subjectAltName dNSName
    std::vector<std::string> common_names;
    std::string key_type; // "RSA", "EC", "ED25519", ...; empty if OpenSSL does not know it
    int key_bits = 0;
    bool is_authority
        = false; // it is meant to issue others; certificate_fields.cpp says how to tell

    Fingerprint fingerprint(const Digest& digest) const { return digest.of(der); }
    Fingerprint key_fingerprint(const Digest& digest, KeyEncoding encoding) const
    {
        return key.fingerprint(digest, encoding);
    }

    // Returns the one name that the certificate is for: its only dNSName or, if it has none, its
    // only common name. Has no value if there is no name, or several.
    std::optional<std::string> only_name() const;

    // Returns true if the certificate names this host or address as X509_check_host() and
    // X509_check_ip_asc() compare them: in any case of letters, with wildcards, in subjectAltName
    // or the common name.
    bool names_host(const std::string& host) const;
};

// A public key that came without a certificate: that of a request, a public or a private key.
struct BareKey {
    enum class Source { request, public_key, private_key };
    Source source;
    PublicKey key;
    std::string subject; // of a request; else empty

    Fingerprint key_fingerprint(const Digest& digest, KeyEncoding encoding) const
    {
        return key.fingerprint(digest, encoding);
    }
    // "certificate request", "public key" or "private key".
    std::string_view source_name() const noexcept;
};

// All that one file holds, in its order.
struct CertificateFile {
    std::string name;
    std::vector<Certificate> certificates;
    std::vector<BareKey> keys;

    // Returns the certificate that a client with this file presents, or nullptr if the file has
    // none. Of several it is the one that a key in the file belongs to; if the file has no key, the
    // one that issued no other certificate of the file, judged by name and signature. Throws
    // ErrorKind::input, which names the candidates, if that is not one certificate, or if a key in
    // the file belongs to none.
    const Certificate* presented() const;

    // Returns the first key, or nullptr. It is what to pin if there is no certificate.
    const BareKey* bare_key() const noexcept;
};

// Reads PEM (with any text around the blocks, CRLF, several blocks), DER, PKCS#7, requests, public
// and private keys. name: of the file, for errors. Throws ErrorKind::input if nothing of that kind
// is in the bytes, if a block is cut off or corrupt, or if there is only an encrypted private key
// or a PKCS#12 file.
CertificateFile parse_certificates(std::string_view bytes, const std::string& name);

// Does the same for a file. "-" is standard input; /dev/stdin and /dev/fd/N are descriptors that
// the caller handed to us. Throws what parse_certificates() and read_file() throw.
CertificateFile load_certificates(const std::string& path);

// Returns the content of a file with certificates. Errors: those of read_file(), with a hint for a
// pipe and for a directory that `issue` has made.
std::string read_certificate_file(const std::string& path);

} // namespace relayctl
