// Removes clients from every table that a service asks: a client that one of them goes on listing
// is not revoked.
#pragma once

#include "core/operations/change.hpp"
#include "core/operations/consent.hpp"
#include "core/operations/removal_plan.hpp"

#include <optional>
#include <string>
#include <vector>

namespace relayctl {

// What "remove" is asked for.
struct RemoveRequest {
    Removal removal;
    GivenConsent consent; // to what a pattern takes
    ChangeOptions change;
};

// What came of a removal.
struct RemoveResult {
    ChangeResult change;
    // The certificates that were removed, or with absent_is_fine were to be. They are those of the
    // request.
    std::vector<const CertificateFile*> files;
    std::vector<std::string> absent; // what no table lists, as it was typed
};

// Changes the tables that can be changed at once, then those whose servers let us wait. No value
// where the answer to the question was no. Errors: ErrorKind::refused where no table lists a
// client, or where more would go than somebody agreed to; ErrorKind::usage where nobody is there to
// be asked; those of change_table(). A table that still lists a client is a failure of the result.
std::optional<RemoveResult> remove_clients(
    const TableAccess& access, RemoveRequest& request, Observer& observer);

} // namespace relayctl
