// Judges who can change a table besides its administrator.
#pragma once

#include "core/audit/finding.hpp"
#include "core/inspect/ownership_facts.hpp"

#include <string>
#include <vector>

namespace relayctl {

// Returns the message of a finding about a file that somebody else can write.
std::string decides(const WeakPoint& weak);

// Returns errors for a source or a map that others can write, and warnings for a directory on the
// way to it and for different owners. postmap run by root takes the owner of the source (postmap.c,
// postmap()).
std::vector<Finding> audit_ownership(const OwnershipFacts& facts);

} // namespace relayctl
