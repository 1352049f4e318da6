// Says for each smtpd service whether a client would relay through it, and why not.
#pragma once

#include "core/audit/repair.hpp"
#include "core/audit/verdict.hpp"
#include "core/base/time.hpp"
#include "core/inspect/client_facts.hpp"
#include "core/postfix/postfix.hpp"
#include "core/x509/certificate.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace relayctl {

// A client to be judged, with the file that its certificate comes from.
struct CheckedClient {
    Client client;
    std::unique_ptr<CertificateFile> file; // what the client points into; null for a fingerprint
};

// Reads a file with a certificate, a request or a key. Errors: those of load_certificates().
CheckedClient client_in_file(const std::string& path);

// Takes the content of a file that was read already. Errors: those of CertificateFile::presented().
CheckedClient client_of(CertificateFile content);

// Takes a fingerprint in any spelling. Errors: those of Fingerprint::parse().
CheckedClient client_with_fingerprint(const std::string& text);

// How the client is judged: by which services, as if it came from where.
struct CheckOptions {
    std::string address; // of the client; empty for one that no list names
    std::string service; // only the services of this name; empty for all
    std::string table; // as if relay_clientcerts had this value; empty: as it is configured
    std::string digest; // the same of smtpd_tls_fingerprint_digest
    Repair repair; // for hints
    Time now;
    bool is_offline = false; // nobody connects to the running services
};

// Returns a verdict for each smtpd of master.cf. Spawns what ask_services() spawns. Errors: those
// of ask_services(); ErrorKind::postfix if there is no smtpd; ErrorKind::input if no service
// computes fingerprints of that length.
std::vector<Verdict> check_client(
    Postfix& postfix, const CheckedClient& checked, const CheckOptions& options);

// Returns whether the client would relay through any of the services; no value if none surely lets
// it, and it depends for some on what cannot be seen.
std::optional<bool> would_relay_through_any(const std::vector<Verdict>& verdicts);

} // namespace relayctl
