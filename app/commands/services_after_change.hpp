// What the services of Postfix make of a change: whether they accept a client that was added,
// whether one of them still relays for a client that was removed, and which ask other tables.
#pragma once

#include "app/cli/context.hpp"
#include "core/audit/revocation.hpp"
#include "core/operations/client.hpp"
#include "core/operations/still_relaying.hpp"

#include <optional>
#include <vector>

namespace relayctl {

// Returns whether Postfix's configuration is judged: not with both -t and -d, which are there to
// spawn nothing, and not where there is none.
bool judges_configuration(Context& context);

// Warns of each service that asks one of these tables and still refuses a client that they list,
// and gives the command that mends it.
void warn_of_refusals(Context& context, const std::vector<TableName>& tables);

// Asks the services whether they still relay for the clients that were removed, and warns of what
// cannot be asked or seen. Returns no value where there is no Postfix, or nobody was removed.
// Throws nothing for it but an interruption.
std::optional<RevocationVerdict> ask_services_again(Context& context, const Revoked& revoked);

// Names each service that still relays, as warnings.
void report_still_relaying(Context& context, const RevocationVerdict& verdict);

// Errors: ErrorKind::refused with the names of the services, if any still relays. Where somebody
// chose the table that was changed it is no failure that others list the client, and where somebody
// chose a service only that one counts.
void require_revoked(const Context& context, const std::optional<RevocationVerdict>& verdict);

// Says in one note which services ask other tables than context.table(), and how many of the
// clients are not listed there. Nothing is said of services whose tables list all of them; without
// clients all are named. Nothing is asked with --quiet, nor with -t where no service asks that
// table.
void note_other_services(Context& context, const std::vector<NewClient>& clients);

} // namespace relayctl
