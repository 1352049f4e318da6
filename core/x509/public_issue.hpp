// Whether a certificate is one of a public CA, and whether such a CA issued it for clients.
#pragma once

#include "core/x509/certificate.hpp"

namespace relayctl {

struct PublicIssue {
    // It has one of the policies that the CA/Browser Forum reserved for public CAs (2.23.140.1.1
    // and 2.23.140.1.2.*; Baseline Requirements, 7.1.6.1), or timestamps of certificate
    // transparency (RFC 6962, 3.3).
    bool is_public = false;
    // It says nothing of its uses (no extendedKeyUsage), or has TLS clients or any use among them.
    bool is_for_clients = true;
};

PublicIssue public_issue_of(const Certificate& certificate);

} // namespace relayctl
