// After an entry was added: what still keeps the client from relaying.
#pragma once

#include "core/audit/repair.hpp"
#include "core/base/time.hpp"
#include "core/postfix/postfix.hpp"

#include <string>
#include <vector>

namespace relayctl {

// Returns a sentence for each service that asks one of these tables and refuses a client that they
// list; empty if all is well. Where the restrictions of some services ask for certificates, only
// those services count. service: only the services of this name; empty for all. Errors: those of
// ask_services().
std::vector<std::string> refusals_of_listed_client(Postfix& postfix,
    const std::vector<TableName>& tables, const std::string& service, Time now,
    const Repair& repair);

} // namespace relayctl
