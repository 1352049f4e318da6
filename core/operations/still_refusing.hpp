// After an entry was added: what still keeps the client from relaying, and what mends that.
#pragma once

#include "core/audit/repair.hpp"
#include "core/base/time.hpp"
#include "core/postfix/postfix.hpp"

#include <string>
#include <vector>

namespace relayctl {

// Why a client that was just added cannot relay yet. Both are empty if nothing refuses it.
struct StillRefusing {
    std::vector<std::string> refusals; // a sentence for each service that refuses the client
    std::vector<std::string> commands; // complete ones, each of them once
};

// Asks the services that ask one of these tables whether they refuse a client that these list.
// Where the restrictions of some services ask for certificates, only those services count. service:
// only the services of this name; empty for all. Errors: those of ask_services().
StillRefusing ask_whether_still_refusing(Postfix& postfix, const std::vector<TableName>& tables,
    const std::string& service, Time now, const Repair& repair);

// Returns the commands after which services relay for the clients of a table that no service asks
// yet: one for each service that differs. Without any smtpd in master.cf, main.cf alone counts.
// Errors: those of ask_services().
std::vector<std::string> commands_to_use(
    Postfix& postfix, const TableName& table, Time now, const Repair& repair);

} // namespace relayctl
