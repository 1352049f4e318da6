// What interrupted changes have left beside a table.
#pragma once

#include "core/audit/finding.hpp"
#include "core/audit/repair.hpp"
#include "core/inspect/leftover_facts.hpp"

#include <vector>

namespace relayctl {

// Returns an error for a source that was written in place and not to its end, and a warning for
// each temporary file.
std::vector<Finding> audit_leftovers(const LeftoverFacts& facts, const Repair& repair);

} // namespace relayctl
