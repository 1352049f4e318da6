// What `seen` shows of entries and of pending certificates.
#pragma once

#include "app/cli/context.hpp"
#include "core/operations/seen.hpp"

#include <iosfwd>
#include <vector>

namespace relayctl {

// What is shown, in this order.
struct ShownSightings {
    std::vector<const SeenEntry*> entries;
    std::vector<const PendingClient*> pending;
    std::optional<std::size_t> unknown; // of --unseen: entries of which the log cannot tell it
};

// A table with a bar of the last twelve weeks for each entry, or of six or none where the terminal
// is too narrow for it; with_table: also the table of each. With --plain, or where no terminal is,
// lines of FINGERPRINT, HOST, LAST, FIRST, SESSIONS, PERMITTED, DENIED, REJECTED, TAKEN, OUTCOME,
// ANSWER, SERVICES, ADDRESSES and TABLE, separated by tabs.
void write_seen(Context& context, const SeenReport& report,
    const std::vector<const SeenEntry*>& entries, bool with_table);

// Some lines for each pending certificate, with the command that lists it. With --plain lines of
// NUMBER, CERT, KEY, CLAIMED, LAST, FIRST, SESSIONS, DENIED, REJECTED, TAKEN, OUTCOME, ANSWER,
// SERVICES and ADDRESSES. of_given_log: the log was given by --log.
void write_pending(
    Context& context, const std::vector<const PendingClient*>& clients, bool of_given_log);

// Returns why add would refuse the client, as a sentence: what the log has is the fingerprint of
// another digest than the entries are to have, so the client may be listed already. Empty where add
// takes it, or where that is not known.
std::string obstacle_to_listing(Context& context, const ClientSightings& sightings);

// Returns "2 hours ago".
std::string ago(Time time, Time now);

// What became of the last session, in words for people.
std::string outcome_in_words(const ClientSightings& sightings);

// Returns "claims to be 'zen.example', issued by 'Example CA'". Where the names are the same, or
// where they cannot be told apart because one of them has the words of the log in it, it returns
// them as one.
std::string claim_in_words(const ClientSightings& sightings);

void write_json_seen(std::ostream& out, const SeenReport& report, const ShownSightings& shown);

} // namespace relayctl
