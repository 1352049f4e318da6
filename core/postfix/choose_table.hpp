// Which table is meant where nobody named one.
#pragma once

#include "core/postfix/postfix.hpp"

#include <string>
#include <vector>

namespace relayctl {

struct TableChoice {
    TableName table;
    bool is_configured = true; // false: relay_clientcerts is empty everywhere, this is the customary place
};

// The first writable table of relay_clientcerts in main.cf, else of the services in master.cf that override it, else
// default_database_type:config_directory/relay_clients. Errors: ErrorKind::usage where services name different tables, or
// where only tables are named that relayctl cannot change; ErrorKind::postfix.
TableChoice choose_table(Postfix& postfix);

// The tables of relay_clientcerts in main.cf, in the order in which smtpd asks them; what is no TYPE:NAME is left out.
std::vector<TableName> configured_tables(Postfix& postfix);

// The commands that make Postfix use a table of which it does not know yet, ready to paste; empty if nothing is missing.
// config_directory: that of -c, empty for Postfix's own.
std::vector<std::string> commands_to_enable(const Parameters& parameters, const TableName& table, const std::string& config_directory);

} // namespace relayctl
