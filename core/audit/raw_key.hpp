// Judges what a client gets that sends its public key alone (RFC 7250), as Postfix 3.9 and later
// allow it with smtpd_tls_enable_rpk = yes.
#pragma once

#include "core/audit/finding.hpp"
#include "core/audit/listing.hpp"
#include "core/audit/transport.hpp"
#include "core/inspect/service_facts.hpp"

#include <optional>
#include <vector>

namespace relayctl {

// Returns a finding if the client is treated in another way with its raw key than with its
// certificate. would_relay: with the certificate; no value if that depends. match: the entry that
// lists it; that an entry of the certificate does not serve its raw key is said by remarks_on().
// Empty if the service takes no raw keys, or if the client's key is not known. Sources:
// permit_tls_clientcerts() and check_ccert_access() in smtpd_check.c, smtpd_start_tls() in smtpd.c.
std::vector<Finding> remarks_on_raw_key(const ServiceFacts& facts, const Client& client,
    const Transport& transport, std::optional<bool> would_relay, const std::optional<Match>& match);

} // namespace relayctl
