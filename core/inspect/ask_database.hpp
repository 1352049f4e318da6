// Asks a database, and reads the pgsql_table(5) file of a table in it.
#pragma once

#include "core/inspect/database_facts.hpp"
#include "core/postfix/postfix.hpp"
#include "core/postfix/table_name.hpp"
#include "core/x509/digest.hpp"

namespace relayctl {

// Asks every server of the table for a fingerprint that nobody has. digest: the one that the
// services which ask the table compute. asks_postfix: false if Postfix's configuration is not to be
// read; then it is assumed to run as "postfix". Spawns "postconf -M" and "postconf -x". Errors:
// those of read_database_file() and of Postfix::master_cf(); a server that does not answer is part
// of the facts.
DatabaseFacts ask_database(
    Postfix& postfix, const TableName& table, const Digest& digest, bool asks_postfix);

} // namespace relayctl
