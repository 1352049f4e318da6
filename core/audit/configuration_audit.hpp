// What is wrong with how Postfix is set up to use the tables, before any client meets it.
#pragma once

#include "core/audit/finding.hpp"
#include "core/audit/repair.hpp"
#include "core/audit/unused_tables.hpp"
#include "core/inspect/configuration_facts.hpp"

#include <vector>

namespace relayctl {

// Returns the findings about the services. What several services have in common is said once, with
// the names of all of them.
std::vector<Finding> audit_configuration(const ConfigurationFacts& facts, const Repair& repair);

} // namespace relayctl
