// The note about services that ask other tables, so that nobody takes what was done for more than
// it is.
#pragma once

#include "app/cli/context.hpp"
#include "core/operations/client.hpp"

#include <vector>

namespace relayctl {

// Says in one note which services ask other tables than context.table(), and how many of the
// clients are not listed there. Nothing is said of services whose tables list all of them; without
// clients all are named. Nothing is asked with --quiet, nor with -t where no service asks that
// table.
void note_other_services(Context& context, const std::vector<NewClient>& clients);

} // namespace relayctl
