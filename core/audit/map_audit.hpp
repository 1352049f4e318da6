// Whether a map has the content of its source, and can be read by Postfix at all.
#pragma once

#include "core/audit/finding.hpp"
#include "core/audit/repair.hpp"
#include "core/inspect/map_facts.hpp"

#include <vector>

namespace relayctl {

// Returns nothing if all is well. A finding for each example of a difference in the facts, and one
// that counts the rest.
std::vector<Finding> audit_map(const MapFacts& facts, const Repair& repair);

} // namespace relayctl
