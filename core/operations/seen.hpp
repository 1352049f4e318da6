// Who came with a certificate: the sightings of the mail log and of PATH.seen, joined with the
// entries of the tables.
#pragma once

#include "core/operations/seen_report.hpp"
#include "core/operations/table_access.hpp"

#include <optional>
#include <string>
#include <vector>

namespace relayctl {

// What was asked.
struct SeenQuestion {
    std::vector<std::string> logs; // of --log; empty: where this Postfix logs
    std::optional<Time> since; // only sessions since then count
    bool saves = false; // PATH.seen is brought up to date
    bool without_addresses = false; // they are left out of what is saved
    Time now;
    bool tells_pending = true; // otherwise SeenReport::pending stays empty, which is quicker
};

// Reads the tables of `access` whose entries relayctl can read, what was saved beside them, and the
// log: with --log all of these files alone, else, and to bring PATH.seen up to date, what was added
// to the log since it was saved. With `since` the log is read from its beginning, and what was
// saved adds whoever the log does not have any more. A table that cannot be read is an error, since
// its clients would seem to be pending. services: Context::services(). Errors: those of
// open_store(), of reading tables, of read_mail_log(), read_sightings() and LockedSightings.
SeenReport find_sightings(const TableAccess& access, const std::vector<AskingService>& services,
    const SeenQuestion& question);

} // namespace relayctl
