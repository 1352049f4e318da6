// Makes a table what a directory of certificates says.
#pragma once

#include "core/operations/change.hpp"
#include "core/operations/desired_clients.hpp"

#include <optional>

namespace relayctl {

// What "apply" is asked for: who is to be listed, and what may go for that.
struct ApplyRequest {
    DesiredClients desired;
    Digest digest; // of the table
    bool prune = false; // entries that have no certificate in the directory go
    bool keep_digests = false; // entries of the desired clients by other digests stay
    bool yes = false; // ask nobody before something goes
    bool allow_empty = false; // go on where no entry is left
    ChangeOptions change;
};

// Adds the desired clients that are not listed, renames those that are listed for another host, and
// makes entries by another digest anew. No value where the answer to the question was no. Errors:
// ErrorKind::refused where no entry would be left, or where more would go than somebody agreed to;
// ErrorKind::usage where nobody can be asked; those of change_table().
std::optional<ChangeResult> apply_directory(const TableAccess& access, const TableName& table,
    const ApplyRequest& request, Observer& observer);

} // namespace relayctl
