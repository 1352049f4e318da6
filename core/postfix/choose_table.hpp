// Which table is meant where nobody named one.
#pragma once

#include "core/postfix/asked_tables.hpp"
#include "core/postfix/postfix.hpp"

#include <string>
#include <vector>

namespace relayctl {

struct TableChoice {
    TableName table;
    bool is_configured
        = true; // false: relay_clientcerts is empty everywhere, this is the customary place
};

// The one table that a command acts on which writes to a single one: the first of main.cf that
// relayctl can change, else that of the services, else
// default_database_type:config_directory/relay_clients. With of_service, where `asked` is of the
// services that somebody named: the first of theirs. Errors: ErrorKind::usage where services name
// different tables, or where only tables are named that relayctl cannot change; ErrorKind::postfix.
TableChoice choose_table(Postfix& postfix, const AskedTables& asked, bool of_service = false);

// Whether relayctl can change it: a type of ours, and of a database a file.
bool is_changeable(const TableName& table);

} // namespace relayctl
