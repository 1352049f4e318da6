// The command that has Postfix ask another table.
#pragma once

#include "core/audit/repair.hpp"

#include <string>
#include <vector>

namespace relayctl {

// For main.cf, and for each service that overrides it: `to` in the place of `from`, all in one
// command. A service that does not ask `from` is left alone: nobody shall relay who could not
// before. Where no service asks any table, main.cf names `to`. main_tables: relay_clientcerts of
// main.cf. Empty where nothing is to be changed, or where no command can do it.
std::string command_to_switch(const std::vector<Service>& services,
    const std::vector<std::string>& main_tables, const TableName& from, const TableName& to,
    const Repair& repair);

} // namespace relayctl
