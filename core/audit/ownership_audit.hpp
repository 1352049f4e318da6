// Judges who can change a table besides its administrator.
#pragma once

#include "core/audit/finding.hpp"
#include "core/inspect/ownership_facts.hpp"

#include <string>
#include <vector>

namespace relayctl {

// The message of a finding about a file that somebody else can write.
std::string decides(const WeakPoint& weak);

std::vector<Finding> audit_ownership(const OwnershipFacts& facts);

} // namespace relayctl
