// What is known of who came, and what can be asked of it.
#pragma once

#include "core/inspect/mail_log/mail_log_facts.hpp"
#include "core/store/sightings.hpp"
#include "core/table/entry_view.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace relayctl {

// An entry of a table, and the sessions in which it was the one that smtpd finds for the client.
struct SeenEntry {
    EntryView entry;
    std::string table; // TYPE:PATH
    ClientSightings sightings; // of all services and certificates; no sessions: never seen
    std::vector<std::string> services = {}; // by which it came, in the order of their tags
    // When it came last to any server that shares the database, as its row says.
    std::optional<Time> last_in_row = {};

    bool is_seen() const noexcept { return sightings.sessions > 0; }
    // Returns when it came last, to whichever server; no value if it never did.
    std::optional<Time> last() const
    {
        return is_seen() ? std::max(last_in_row, std::optional(sightings.last)) : last_in_row;
    }
};

// A certificate that was presented, and that no table lists.
struct PendingClient {
    ClientSightings sightings; // of all services
    std::vector<std::string> services = {};
};

// A table in a database to which nothing was noted.
struct NotShared {
    std::string table; // "pgsql:/etc/postfix/relay_clients.cf"
    std::string sql_name; // of the table in the database, as SQL writes it
    bool has_column = false; // but this role may not write it
};

// What came out.
struct SeenReport {
    std::vector<SeenEntry> entries; // in the order of the tables
    std::vector<PendingClient> pending; // the newest first
    std::optional<Time> since; // from when on it is known who came; no value if it is not
    std::optional<Time> until; // of the last line that is known
    std::uint64_t dropped = 0; // pending ones that were forgotten
    // Whether the log tells certificates; no value if no client is known to have presented one.
    std::optional<bool> fingerprints_logged;
    // Services of which the newest session with a certificate does not tell which it was.
    std::vector<std::string> silent_services;
    std::vector<LogSource> sources;
    std::string no_log; // why no log was read, and only what was saved is known; else empty
    std::vector<std::string> saved; // the files that were brought up to date
    // Databases that do not tell other servers who came: they have no column for it.
    std::vector<NotShared> not_shared;
};

// Returns the pending clients with this number, or with a fingerprint that begins so (six
// hexadecimal digits or more, with or without colons).
std::vector<const PendingClient*> pending_clients(
    const SeenReport& report, const std::string& word);

// The entries that --unseen asks for.
struct Unseen {
    std::vector<const SeenEntry*> entries; // those that were not seen for so long
    // Those of which it is not known: the log begins later, or ended before that.
    std::size_t unknown = 0;
};

// duration: of --unseen. An entry that was added later counts from then on.
Unseen unseen_entries(const SeenReport& report, std::chrono::seconds duration, Time now);

} // namespace relayctl
