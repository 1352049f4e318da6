// Whom an operation has revoked, for asking the services about them afterwards.
#pragma once

#include "core/operations/change_report.hpp"
#include "core/operations/still_relaying.hpp"

#include <vector>

namespace relayctl {

// The clients whose entries were removed in order to revoke them. files: certificates that somebody
// named, null where nobody named the clients. These clients are judged by all their fingerprints,
// the others by the one that was listed.
Revoked revoked_clients(
    const std::vector<TableOutcome>& outcomes, const std::vector<const CertificateFile*>* files);

} // namespace relayctl
