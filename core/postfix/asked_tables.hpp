// The tables: every table that any smtpd service asks, with the -o overrides of master.cf, each of
// them once.
#pragma once

#include "core/postfix/postfix.hpp"

#include <string>
#include <vector>

namespace relayctl {

// One smtpd of master.cf, and what it asks.
struct AskingService {
    std::string name; // as postconf names it: "submission/inet"
    std::vector<TableName> tables; // its effective relay_clientcerts in the order in which smtpd
                                   // asks them; what is no TYPE:NAME is left out
    std::string digest; // its effective smtpd_tls_fingerprint_digest
    std::vector<TableName>
        proxied; // those of its tables with a source that it asks through proxymap(8)
};

// One table, whatever wrappers (proxy:, debug:) and spellings of its directory the services use for
// it.
struct AskedTable {
    TableName table; // see folded_table()
    std::vector<std::string>
        services; // those that ask it, in the order of master.cf; empty where no smtpd asks it
    bool is_in_main_cf = false; // main.cf names it itself
    bool is_proxied = false; // it has a source, and some service asks it through proxymap(8)
    std::string digest; // of the first service that asks it; that of main.cf where none does
};

struct AskedTables {
    std::vector<AskingService>
        services; // all smtpd services of master.cf, or those that were meant
    // Those of main.cf first and in its order, then those that only services name, in the order of
    // master.cf. A table of main.cf that no service asks, because all of them override
    // relay_clientcerts, is among them only where no service asks any table.
    std::vector<AskedTable> tables;
    std::string unseen; // why the tables of some services are not known; empty where all are known
};

// The name by which relayctl knows a table: "debug:" is left out, and "proxy:" in front of a table
// with a source, since the same file is changed; a relative name begins in queue_directory, where
// the daemons run. "proxy:pgsql:F" stays as it is.
TableName folded_table(const TableName& table, const std::string& queue_directory);

// Whether both are the same table: of the same type behind all wrappers, with the same file.
bool is_same_table(const TableName& a, const TableName& b);

// The one of them that is this table; null where none is.
const AskedTable* find_table(const std::vector<AskedTable>& tables, const TableName& table);

// Whether both are made of one text file, as hash:F and lmdb:F are, or are the same table.
bool has_same_source(const TableName& a, const TableName& b);

// is_same_table() of a word of relay_clientcerts; what is no TYPE:NAME is no table.
bool names_table(
    const std::string& word, const TableName& table, const std::string& queue_directory);

// service: only what the services of this name ask ("submission", "submission/inet"), in the order
// in which the first of them asks it; empty: all services. Spawns one "postconf -M", and one
// "postconf -x" for each different set of overrides. Where master.cf cannot be read, main.cf alone
// counts, and `unseen` says so. Errors: ErrorKind::usage where master.cf has no such service; those
// of Postfix::parameters().
AskedTables asked_tables(Postfix& postfix, const std::string& service = "");

} // namespace relayctl
