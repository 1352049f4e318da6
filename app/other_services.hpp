// After a change of one table: the services that ask other tables, so that nobody takes what was
// done for more than it is.
#pragma once

#include "app/cli/context.hpp"
#include "app/new_client.hpp"

#include <vector>

namespace relayctl {

// One note on standard error with the services that ask other tables than context.table(), with
// these tables, and how many of the clients are not listed there. Nothing is said of services whose
// tables list all of them; without clients all are named. Nothing is asked with --quiet, nor with
// -t where no service asks that table.
void note_other_services(Context& context, const std::vector<NewClient>& clients);

} // namespace relayctl
