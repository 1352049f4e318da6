// Outputs for people (aligned, coloured, on a terminal) and the plain ones (tab separated, no
// header).
#pragma once

#include "app/cli/context.hpp"
#include "core/audit/finding.hpp"
#include "core/audit/verdict.hpp"
#include "core/operations/list_entries.hpp"

#include <vector>

namespace relayctl {

// A table with a header, of the columns that have something in them; with everything also when and
// by whom each was added. with_table: and which table each stands in.
void write_table(
    Context& context, const std::vector<ListedEntry>& entries, bool everything, bool with_table);

// FILE:LINE:COL: severity: message [id], the hint below it; plain: seven columns, and with_table an
// eighth.
void write_findings(Context& context, const std::vector<Finding>& findings, bool with_table);

// The client's fingerprints, then for each service the answer and its reasons; plain: SERVICE,
// yes|no|depends, ids.
void write_verdicts(Context& context, const Client& client, const std::vector<Verdict>& verdicts);

} // namespace relayctl
