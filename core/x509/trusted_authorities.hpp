// Checks whether a server that trusts certain CAs trusts the certificate of a client.
#pragma once

#include "core/x509/certificate.hpp"

#include <optional>
#include <string>

namespace relayctl {

// What a server trusts, as its parameters say.
struct TrustedAuthorities {
    std::string file; // smtpd_tls_CAfile
    std::string path; // smtpd_tls_CApath
    bool defaults = false; // tls_append_default_CA
    int depth = 9; // smtpd_tls_ccert_verifydepth
    // The CA at the end of the chain counts for the depth, too, as it does up to Postfix 3.5.
    bool depth_counts_all = false;
};

// Returns why OpenSSL cannot load the CAs, so that smtpd disables TLS. Returns an empty text if it
// can load them, or if this user may not read them.
std::string problem_with_authorities(const TrustedAuthorities& authorities);

// Returns those of the file and the directory that this user may not read.
std::vector<std::string> hidden_authorities(const TrustedAuthorities& authorities);

// Verifies the certificate as OpenSSL verifies that of a TLS client (X509_verify_cert() with
// purpose sslclient, at the current time); chain: the other certificates of its file. Returns false
// also if the CAs cannot be loaded. Has no value if this user may not read the CAs, or if the file
// ends before a CA is reached: the client may send the rest of the chain along.
std::optional<bool> is_trusted(const Certificate& certificate, const CertificateFile& chain,
    const TrustedAuthorities& authorities);

// Returns true if a CA in the file, of which a server sends the names, is the issuer of a
// certificate of the client, or if there is no such file. Has no value if it cannot be read.
std::optional<bool> is_issuer_named(const CertificateFile& client, const std::string& authorities);

} // namespace relayctl
