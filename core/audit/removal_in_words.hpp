// Says of a client that is not listed any more that somebody has removed it.
#pragma once

#include "core/audit/finding.hpp"
#include "core/audit/repair.hpp"
#include "core/inspect/client_facts.hpp"

#include <string>
#include <vector>

namespace relayctl {

// Returns "it was removed at 2026-11-28T10:00:00Z by anna (change 5)".
std::string removal_in_words(const PastRemoval& removal);

// Adds that sentence to the findings whose commands would list the client again, and puts the
// history in the place of these commands: whoever is in a hurry would let in somebody whom a
// colleague has revoked. Does nothing where the client was not removed.
void tell_removal(std::vector<Finding>& findings, const Client& client, const Repair& repair);

} // namespace relayctl
