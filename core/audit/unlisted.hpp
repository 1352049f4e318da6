// Explains a client that no table lists by the entry that comes closest.
#pragma once

#include "core/audit/finding.hpp"
#include "core/audit/repair.hpp"
#include "core/inspect/service_facts.hpp"

#include <vector>

namespace relayctl {

// Its entry is only in the source, is badly written, is of another digest or of an older
// certificate; or there is none at all. Never empty; each with the command that lists it.
std::vector<Finding> explain_unlisted(
    const ServiceFacts& facts, const Client& client, const Repair& repair);

} // namespace relayctl
