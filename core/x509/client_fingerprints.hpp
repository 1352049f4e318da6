// The fingerprints by which smtpd may know a client: that of its certificate and that of its public
// key, each by the digest that the server is configured to use.
#pragma once

#include "core/x509/certificate.hpp"

#include <span>
#include <string>
#include <vector>

namespace relayctl {

// One fingerprint, and whether it is that of the certificate or of the key.
struct ClientFingerprint {
    std::string kind; // "cert" or "key", as in annotations and JSON; empty if nobody knows which
    Fingerprint fingerprint;

    bool is_of_key() const noexcept { return kind == "key"; }
};

// Returns the two fingerprints of a certificate, its own first. encoding: that of the server.
std::vector<ClientFingerprint> fingerprints_of(
    const Certificate& certificate, const Digest& digest, KeyEncoding encoding);

// Returns the one fingerprint of a key without a certificate.
std::vector<ClientFingerprint> fingerprints_of(
    const BareKey& key, const Digest& digest, KeyEncoding encoding);

// Returns the fingerprint of every certificate in the file and of its key, in the order of the
// file; if there is no certificate, that of every request and key.
std::vector<ClientFingerprint> all_fingerprints(
    const CertificateFile& file, const Digest& digest, KeyEncoding encoding);

// Returns the public key of the one client that the file is for. Throws what
// CertificateFile::presented() throws.
const PublicKey& client_key(const CertificateFile& file);

// Returns the fingerprints of the one client that the file is for, whatever server computes them:
// those of the certificate that it presents, or those of the first key in the file. A key with two
// encodings has two. Throws what CertificateFile::presented() throws.
std::vector<ClientFingerprint> client_fingerprints(
    const CertificateFile& file, std::span<const Digest> digests);

// Does the same by every digest that works here: an entry of this client has one of these, whatever
// digest the server used when it was added.
std::vector<ClientFingerprint> client_fingerprints(const CertificateFile& file);

// Returns a fingerprint that belongs to no certificate or key: all of its bytes are zero. A table
// that finds it finds every fingerprint.
Fingerprint fingerprint_of_nobody(std::size_t bytes);

} // namespace relayctl
