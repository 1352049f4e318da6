// The tables: every table that any smtpd service asks, by relay_clientcerts of main.cf or by an -o
// override of master.cf. Each of them stands here once.
#pragma once

#include "core/postfix/postfix.hpp"

#include <string>
#include <vector>

namespace relayctl {

// One smtpd service of master.cf, and the tables that it asks.
struct AskingService {
    std::string name; // as postconf names it: "submission/inet"
    // Its effective relay_clientcerts in the order in which smtpd asks them. A word that is no
    // TYPE:NAME is left out.
    std::vector<TableName> tables;
    std::string digest; // its effective smtpd_tls_fingerprint_digest
    // Those of its tables that have a source and that it asks through proxymap(8).
    std::vector<TableName> proxied;
};

// One table, whichever wrappers (proxy:, debug:) and spellings of its directory the services use.
struct AskedTable {
    TableName table; // as folded_table() names it
    std::vector<std::string> services; // those that ask it, in the order of master.cf; may be empty
    bool is_in_main_cf = false; // main.cf names it itself
    bool is_proxied = false; // it has a source, and some service asks it through proxymap(8)
    std::string digest; // that of the first service that asks it, or that of main.cf
};

// What was found out of one Postfix.
struct AskedTables {
    // All smtpd services of master.cf, or those that were asked for by name.
    std::vector<AskingService> services;
    // The tables of main.cf come first and in its order, then those that only services name, in the
    // order of master.cf. A table of main.cf that no service asks, because all of them override
    // relay_clientcerts, is here only if no service asks any table.
    std::vector<AskedTable> tables;
    std::string unseen; // why the tables of some services are not known; empty if all are known
};

// Returns the name by which relayctl knows a table. It leaves out "debug:" and, because the same
// file is changed, "proxy:" in front of a table with a source; "proxy:pgsql:F" stays as it is. A
// relative name begins in queue_directory, where the daemons run.
TableName folded_table(const TableName& table, const std::string& queue_directory);

// Returns true if both are the same table: of one type behind all wrappers, with the same file.
bool is_same_table(const TableName& a, const TableName& b);

// Returns the one that is the same table, or nullptr.
const AskedTable* find_table(const std::vector<AskedTable>& tables, const TableName& table);

// Returns true if both are made of one text file, as hash:F and lmdb:F are, or are the same table.
bool has_same_source(const TableName& a, const TableName& b);

// Returns true if a word of relay_clientcerts names this table. A word that is no TYPE:NAME names
// none.
bool names_table(
    const std::string& word, const TableName& table, const std::string& queue_directory);

// Finds the tables of all services, or only those of the services with this name ("submission" or
// "submission/inet"), in the order in which the first of them asks. Runs one "postconf -M", and one
// "postconf -x" for each different set of overrides. If master.cf cannot be read, only main.cf
// counts, and `unseen` says so. Throws ErrorKind::usage if master.cf has no service of that name,
// and what Postfix::parameters() throws.
AskedTables asked_tables(Postfix& postfix, const std::string& service = "");

} // namespace relayctl
