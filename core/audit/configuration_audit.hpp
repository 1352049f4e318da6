// What is wrong with how Postfix is set up to use the tables, before any client meets it.
#pragma once

#include "core/audit/finding.hpp"
#include "core/audit/repair.hpp"
#include "core/inspect/configuration_facts.hpp"

#include <vector>

namespace relayctl {

// Findings of services that have the same to say come once, with the names of the services.
std::vector<Finding> audit_configuration(const ConfigurationFacts& facts, const Repair& repair);

// Whether the administrator means this service to ask for certificates: a restriction of it says
// so.
bool means_certificates(const ServiceFacts& facts);

// Whether the table is one of relay_clientcerts, whatever wrappers it has there.
bool asks_table(const ServiceFacts& facts, const TableName& table);

} // namespace relayctl
