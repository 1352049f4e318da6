// The commands that have Postfix ask another table.
#pragma once

#include "app/context.hpp"

#include <string>
#include <vector>

namespace relayctl {

// For main.cf, and for each service that overrides it: `to` in the place of `from`, and where none asks `from`, `to` as well. Empty where
// Postfix asks it already, or cannot be seen.
std::vector<std::string> commands_to_switch(Context& context, const TableName& from, const TableName& to);

} // namespace relayctl
