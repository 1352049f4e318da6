// The changes on record: for people as a table, newest first, or one of them as a diff; for
// programs as lines or JSON.
#pragma once

#include "app/cli/context.hpp"
#include "core/operations/history.hpp"

#include <iosfwd>
#include <string>

namespace relayctl {

// Writes a header and a line for each change: number, time in UTC, who, command, what it did in
// words, of the client of the query only, if it has one. with_table: also the table of each.
void write_history_table(
    Context& context, const FoundHistory& found, const HistoryQuery& query, bool with_table);

// Writes who made the change and when, and the diff, escaped on a terminal.
void write_history_diff(Context& context, const TableChange& change, bool with_table);

// Writes lines of NUMBER, TIME, USER, SUDO-USER, COMMAND, WHAT (added, removed, updated),
// FINGERPRINT, HOST and TABLE, separated by tabs: one for each entry that was changed.
void write_plain_history(std::ostream& out, const FoundHistory& found);

// Returns the user who made the change, in the place of root the one who called sudo; escaped.
std::string who_of(const HistoryRecord& record);

void write_json_history(std::ostream& out, const FoundHistory& found);

} // namespace relayctl
