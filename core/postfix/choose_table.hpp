// Which table a command acts on if nobody named one.
#pragma once

#include "core/postfix/asked_tables.hpp"
#include "core/postfix/postfix.hpp"

namespace relayctl {

// The table, and whether Postfix asks it already.
struct TableChoice {
    TableName table;
    bool is_configured
        = true; // false: relay_clientcerts is empty everywhere, and this is the usual place
};

// Returns the table for a command that writes to a single one: the first of main.cf that relayctl
// can change, else that of the services, else default_database_type:config_directory/relay_clients.
// of_service: `asked` is of services that somebody named, and the first table of theirs is
// returned. Errors: ErrorKind::usage if services name different tables, or if only tables are named
// that relayctl cannot change; ErrorKind::postfix.
TableChoice choose_table(Postfix& postfix, const AskedTables& asked, bool of_service = false);

// Returns true if relayctl can change the table: its type is one of ours, and for a database it
// names a file.
bool is_changeable(const TableName& table);

} // namespace relayctl
