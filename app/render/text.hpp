// What commands write about entries, findings and verdicts: for people aligned and in colour, with
// --plain separated by tabs and without a header.
#pragma once

#include "app/cli/context.hpp"
#include "core/audit/finding.hpp"
#include "core/audit/verdict.hpp"
#include "core/operations/list_entries.hpp"

#include <optional>
#include <string>
#include <vector>

namespace relayctl {

// The sign before a line that shows people at once whether it is good news, in colour if colours
// are wanted, and a blank; empty if standard output is for programs. It is ASCII if the terminal
// shows nothing else. good: no value if it depends on something unknown.
std::string mark_of(const Context& context, Severity severity);
std::string mark_of(const Context& context, std::optional<bool> good);

// Writes a header and a line for each entry, in the columns that are not empty. everything: also
// when and by whom an entry was added, and nothing is cut. with_table: also the table of each
// entry.
void write_table(
    Context& context, const std::vector<ListedEntry>& entries, bool everything, bool with_table);

// Writes "FILE:LINE:COL: severity: message [id]" with the hint below. With --plain it has seven
// columns, and with `with_table` the table as the eighth.
void write_findings(Context& context, const std::vector<Finding>& findings, bool with_table);

// Writes one reason of an answer, and its hint in a line of its own.
void write_reason(Context& context, const Finding& reason);

// Writes the fingerprints of the client, then for each service the answer and its reasons. With
// --plain a line for each service: SERVICE, yes|no|depends, the ids of the reasons, HOST.
void write_verdicts(Context& context, const Client& client, const std::vector<Verdict>& verdicts);

} // namespace relayctl
