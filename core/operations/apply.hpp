// Makes a table what a directory of certificates says.
#pragma once

#include "core/operations/change.hpp"
#include "core/operations/consent.hpp"
#include "core/operations/desired_clients.hpp"

#include <optional>

namespace relayctl {

// What may go so that the table is as the directory says, and how it is changed.
struct ApplyOptions {
    bool prune = false; // entries that have no certificate in the directory go
    bool keep_digests = false; // entries of the desired clients by other digests stay
    GivenConsent consent;
    ChangeOptions change;
};

// What "apply" is asked for.
struct ApplyRequest {
    DesiredClients desired; // who is to be listed
    Digest digest; // of the table
    ApplyOptions options;
};

// Adds the desired clients that are not listed, renames those that are listed for another host, and
// makes entries by another digest anew. No value where the answer to the question was no. Errors:
// ErrorKind::refused where no entry would be left, or where more would go than somebody agreed to;
// ErrorKind::usage where nobody can be asked; those of change_table().
std::optional<ChangeResult> apply_directory(const TableAccess& access, const TableName& table,
    const ApplyRequest& request, Observer& observer);

} // namespace relayctl
