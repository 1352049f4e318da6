// Says for each smtpd service whether a client would relay through it, and why not.
#pragma once

#include "core/audit/repair.hpp"
#include "core/audit/verdict.hpp"
#include "core/base/time.hpp"
#include "core/operations/checked_client.hpp"
#include "core/operations/last_removal.hpp"
#include "core/postfix/postfix.hpp"

#include <optional>
#include <string>
#include <vector>

namespace relayctl {

// How the clients are judged: by which services, as if they came from where.
struct CheckOptions {
    std::string address; // of the clients; empty for one that no list names
    std::string service; // only the services of this name; empty for all
    std::string table; // as if relay_clientcerts had this value; empty: as it is configured
    std::string digest; // the same of smtpd_tls_fingerprint_digest
    Repair repair; // for hints
    Time now;
    bool is_offline = false; // nobody connects to the running services
    OpenStore open = {}; // for the history of a client that is not listed; may be empty
};

// What all services would do for one client.
struct CheckAnswer {
    std::string name; // of the client: its file, its fingerprint or its host
    std::string subject; // of its certificate; empty if it is not known
    std::vector<Verdict> verdicts; // of each service; never empty
    // Whether it would relay through any service; no value if none surely lets it, and it depends
    // for some on what cannot be seen.
    std::optional<bool> would_relay;
};

// Returns for each client a verdict of each smtpd of master.cf. What does not depend on the client
// is asked and looked at once, for the first of them. Spawns what ask_services() spawns, and for
// each further client "postmap -q". clients: at least one. Errors: those of ask_services();
// ErrorKind::postfix if there is no smtpd; ErrorKind::input if no service computes fingerprints of
// the length that was given.
std::vector<CheckAnswer> check_clients(
    Postfix& postfix, const std::vector<CheckedClient>& clients, const CheckOptions& options);

// Returns true if all of the clients would relay, false if any surely would not.
std::optional<bool> would_all_relay(const std::vector<CheckAnswer>& answers);

} // namespace relayctl
