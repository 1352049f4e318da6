// Removal from every table of relay_clientcerts, where there are several: a client that one of them goes on listing is not revoked.
#pragma once

#include "app/commands/change.hpp"
#include "app/removal.hpp"

#include <vector>

namespace relayctl {

// Says what it did, and where it could not. Errors: ErrorKind::refused where nobody lists one of them, or a table that relayctl cannot
// change still does; else the kind of the first failure, once the other tables are changed.
void remove_everywhere(Context& context, const std::vector<TableName>& tables, Removal& removal, const ChangeOptions& options);

} // namespace relayctl
