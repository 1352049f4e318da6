// Removal from every table that a service asks: a client that one of them goes on listing is not
// revoked.
#pragma once

#include "app/commands/change.hpp"
#include "app/removal.hpp"

namespace relayctl {

struct RemovalOptions {
    bool yes = false;
    bool allow_empty = false;
    ChangeOptions change;
};

// Of context.tables(): changes those that can be changed at once, then those whose servers let us
// wait, then asks the services whether they still relay, and says all of it. False: the answer to
// the question was no. Errors: ErrorKind::refused where nobody lists one of them, where more would
// go than was agreed to, or where a service still relays; ErrorKind::usage where nobody is there to
// be asked; else the kind of the first failure, once the other tables are changed.
bool remove_everywhere(Context& context, Removal& removal, const RemovalOptions& options);

} // namespace relayctl
