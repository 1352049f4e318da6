// Outputs for people (aligned, coloured, on a terminal) and the plain ones (tab separated, no header).
#pragma once

#include "app/context.hpp"
#include "core/audit/finding.hpp"
#include "core/audit/verdict.hpp"
#include "core/table/document.hpp"

#include <vector>

namespace relayctl {

// A table with a header, of the columns that have something in them; with everything also when and by whom each was added.
void write_table(Context& context, const Document& document, const std::vector<const Entry*>& entries, bool everything);

// FILE:LINE:COL: severity: message [id], the hint below it; plain: seven columns.
void write_findings(Context& context, const std::vector<Finding>& findings);

// The client's fingerprints, then for each service the answer and its reasons; plain: SERVICE, yes|no|depends, ids.
void write_verdicts(Context& context, const Client& client, const std::vector<Verdict>& verdicts);

} // namespace relayctl
