// The commands that have Postfix ask another table.
#pragma once

#include "app/cli/context.hpp"

#include <string>
#include <vector>

namespace relayctl {

// For main.cf, and for each service that overrides it: `to` in the place of `from`. A service that
// does not ask `from` is left alone: nobody shall relay who could not before. Where no table is
// asked at all, main.cf names `to`. Empty where nothing is to be changed, or Postfix cannot be
// seen.
std::vector<std::string> commands_to_switch(
    Context& context, const TableName& from, const TableName& to);

} // namespace relayctl
