// The services that ask other tables than the one that was changed, and whether these list the
// clients.
#pragma once

#include "core/postfix/asked_tables.hpp"
#include "core/x509/fingerprint.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace relayctl {

// Services that ask the same tables.
struct OtherServices {
    std::vector<std::string> names; // "submission/inet"
    std::vector<TableName> tables;
    std::size_t missing = 0; // clients that are in none of these tables
    std::string unknown; // why the tables cannot be asked; empty where they could
};

// clients: the fingerprints by which each of them may be listed. Left out are the services that ask
// `changed` or no table at all, and those whose tables list all of the clients. Each table is asked
// by one "postmap -q -", and by none without clients.
std::vector<OtherServices> services_with_other_tables(Postfix& postfix, const AskedTables& asked,
    const TableName& changed, const std::vector<std::vector<Fingerprint>>& clients);

// Returns true if the service asks this table, in whatever way.
bool asks_table(const AskingService& service, const TableName& table);

} // namespace relayctl
