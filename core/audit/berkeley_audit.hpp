// What is to be said of tables of Berkeley DB, which Postfix is leaving, and how they are left.
#pragma once

#include "core/audit/finding.hpp"
#include "core/audit/repair.hpp"
#include "core/inspect/service_facts.hpp"

#include <vector>

namespace relayctl {

// Returns true if Postfix says of the table that it was built without Berkeley DB
// (nbdb_surrogate.c).
bool is_without_berkeley_db(const TableFacts& table);

// Returns what makes the service ask a table of another type with the same source. Empty where
// there is no such type.
Mending way_out(const ServiceFacts& facts, const TableFacts& table, const Repair& repair);

// Returns the findings about a table that a service asks.
std::vector<Finding> audit_berkeley(
    const ServiceFacts& facts, const TableFacts& table, const Repair& repair);

} // namespace relayctl
