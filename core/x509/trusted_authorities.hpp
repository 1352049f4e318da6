// Whether a server with certain CAs trusts a client's certificate.
#pragma once

#include "core/x509/certificate.hpp"

#include <optional>
#include <string>

namespace relayctl {

// What a server trusts, as its parameters name it: smtpd_tls_CAfile, smtpd_tls_CApath,
// tls_append_default_CA.
struct TrustedAuthorities {
    std::string file;
    std::string path;
    bool defaults = false;
    int depth = 9; // smtpd_tls_ccert_verifydepth
};

// Why OpenSSL cannot load them, so that smtpd disables TLS; empty where it can, or where this user
// may not look.
std::string problem_with_authorities(const TrustedAuthorities& authorities);

// The files and directories of them that this user may not read.
std::vector<std::string> hidden_authorities(const TrustedAuthorities& authorities);

// Whether the certificate, with the others of the file as its chain, verifies as a TLS client's
// (X509_verify_cert() as OpenSSL's server does it: today's date counts, purpose sslclient). No
// value where the CAs cannot be read by this user, and where the file ends before a CA is reached:
// the client may send the rest along. False where they cannot be loaded.
std::optional<bool> is_trusted(const Certificate& certificate, const CertificateFile& chain,
    const TrustedAuthorities& authorities);

} // namespace relayctl
