// A client that is to be judged, made of what somebody named: a file, a fingerprint, or an entry of
// a table.
#pragma once

#include "core/inspect/client_facts.hpp"
#include "core/x509/certificate.hpp"

#include <memory>
#include <string>

namespace relayctl {

// A client to be judged, with the file that its certificate comes from.
struct CheckedClient {
    Client client;
    std::unique_ptr<CertificateFile> file; // what the client points into; null without a file
};

// Reads a file with a certificate, a request or a key. Errors: those of load_certificates().
CheckedClient client_in_file(const std::string& path);

// Takes the content of a file that was read already. Errors: those of CertificateFile::presented().
CheckedClient client_of(CertificateFile content);

// Takes a fingerprint in any spelling. Errors: those of Fingerprint::parse().
CheckedClient client_with_fingerprint(const std::string& text);

// Takes an entry of a table. kind: "cert", "key" or empty. is_alone: the host has no other entry,
// so that its name says who is meant.
CheckedClient client_of_entry(const Fingerprint& fingerprint, const std::string& kind,
    const std::string& host, bool is_alone);

} // namespace relayctl
