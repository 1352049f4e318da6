// Asks how Postfix is set up to use some tables.
#pragma once

#include "core/base/time.hpp"
#include "core/inspect/configuration_facts.hpp"
#include "core/postfix/postfix.hpp"
#include "core/table/document.hpp"

#include <optional>
#include <string>
#include <vector>

namespace relayctl {

// Returns no value if master.cf has no smtpd. tables: those that are verified. service: only
// the services of this name; empty for all. Spawns what ask_services() spawns, and "postconf -n".
// Errors: those of ask_services().
std::optional<ConfigurationFacts> ask_configuration(
    Postfix& postfix, std::vector<TableName> tables, const std::string& service, Time now);

} // namespace relayctl
