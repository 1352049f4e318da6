// Which running processes go on with what they have read of a table before it was changed.
#pragma once

#include "core/audit/revocation.hpp"
#include "core/operations/change.hpp"

namespace relayctl {

// Returns true if some service asks the table through proxymap(8), which goes on with the old map:
// it sees that a map has changed only when a process connects to it, and smtpd keeps its connection
// (ipc_ttl, 1000 s). What stands in an lmdb map it sees at once. False with -t, where nobody is
// asked.
bool is_stale_behind_proxy(const TableAccess& access, const TableName& table);

// Where the publication needs a reload: does it if the options say so, else tells the observer why
// it is needed. Errors: those of Postfix::reload().
void reload_if_needed(const TableAccess& access, const TableName& table,
    const ChangeOptions& options, Publication& publication, Observer& observer);

// Adds to the verdict the services for which the removal is not effective before a reload. Counted
// are all tables made of the same source. Nothing is added where no master(8) runs.
void add_unreloaded_services(const TableAccess& access, const TableOutcome& outcome,
    const ChangeOptions& options, const Repair& repair, RevocationVerdict& verdict);

} // namespace relayctl
