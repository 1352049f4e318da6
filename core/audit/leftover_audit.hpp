// What interrupted changes have left beside a table.
#pragma once

#include "core/audit/commands.hpp"
#include "core/audit/finding.hpp"
#include "core/inspect/leftover_facts.hpp"

#include <vector>

namespace relayctl {

std::vector<Finding> audit_leftovers(const LeftoverFacts& facts, const Commands& commands);

} // namespace relayctl
