// What commands write about entries and findings: for people aligned and in colour, with
// --plain separated by tabs and without a header.
#pragma once

#include "app/cli/context.hpp"
#include "app/render/list_writer.hpp"
#include "core/audit/finding.hpp"
#include "core/operations/list_entries.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relayctl {

// The sign before a line that shows people at once whether it is good news, in colour if colours
// are wanted, and a blank; empty if standard output is for programs. It is ASCII if the terminal
// shows nothing else. good: no value if it depends on something unknown.
std::string mark_of(const Context& context, Severity severity);
std::string mark_of(const Context& context, std::optional<bool> good);

// Returns the text in the colour of what it says, if results may be in colour.
std::string painted(const Context& context, Severity severity, std::string_view text);
std::string painted(const Context& context, std::optional<bool> good, std::string_view text);

// Returns the line with its end; on a terminal broken into as many as it needs there. indent: of
// all but the first, in columns.
std::string fitted(const Context& context, const std::string& line, std::size_t indent);

// Returns "FILE:LINE:COL" as compilers write it, without the numbers that are not known.
std::string place_of(const Finding& finding);

// Writes a header and a line for each entry, in the columns that are not empty: of the fingerprint
// a beginning that is enough for other commands, and the subject where it says more than the host.
// everything: all of both, also when and by whom an entry was added, and nothing is cut.
// with_table: also the table of each entry.
void write_table(Context& context, const CollectedEntries& collected, bool everything,
    bool with_table, const LastSeenOf& last_seen);

// Writes "FILE:LINE:COL: severity: message [id]" with the hint below. With --plain it has seven
// columns, and with `with_table` the table as the eighth.
void write_findings(Context& context, const std::vector<Finding>& findings, bool with_table);

// Writes one reason of an answer, and its hint in a line of its own.
void write_reason(Context& context, const Finding& reason);

} // namespace relayctl
