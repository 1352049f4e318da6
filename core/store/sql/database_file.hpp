// What the file of a database table says (pgsql_table(5)): where the database is, who asks it, and
// what for.
// Facts: pgsql_parse_config() and host_init() in dict_pgsql.c, db_common.c, cfg_parser.c (3.7.11).
#pragma once

#include "core/postfix/table_name.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace relayctl {

// One word of `hosts`.
struct DatabaseHost {
    std::string written;
    std::string host; // name, address, or directory of a socket; empty for a URI
    std::string port; // empty: the usual one
    bool is_uri = false; // "postgresql://..."

    // Returns it without passwords (passwords.hpp), so that people may see it.
    std::string shown() const;
    // Returns what somebody says about it without them.
    std::string redacted(std::string message) const;
};

// The parameters of the file. What is not in it is empty; hosts is localhost then.
struct DatabaseFile {
    std::string type; // of the table: "pgsql"
    std::string path;
    std::vector<DatabaseHost> hosts;
    std::string user;
    std::string password;
    std::string dbname;
    std::string encoding; // from 3.8 on; see encoding_of()
    std::string query; // as it is given, or as Postfix makes it of the parts below
    bool query_is_given = false;
    std::string select_function;
    std::string domain;
    std::string table; // these three are also read where a query is given (table_shape.hpp)
    std::string select_field;
    std::string where_field;
    std::string additional_conditions;
    bool has_own_role
        = false; // user and password are not Postfix's; they come before those of a URI
    std::vector<std::string> problems; // "line 3": Postfix ends with a fatal error there

    // Returns "pgsql:/etc/postfix/relay_clients.cf", fit for a terminal.
    std::string name() const;
    // Returns true if libpq would find a password anywhere in it.
    bool has_password() const;
};

// Reads "name = value" lines. A line that begins with white space continues the one before it, '#'
// begins a comment line; if a name comes twice, the last one counts. Appends "line 3" to problems
// for a line that has no '=' in it.
std::map<std::string, std::string> parse_settings(
    std::string_view text, std::vector<std::string>& problems);

// Makes the parameters of the settings of a file. table: whose file it is, also behind a proxy.
DatabaseFile parse_database_file(
    const std::map<std::string, std::string>& settings, const TableName& table);

// Reads the file of a database table. changes_too: hosts, user, password and dbname may come from
// admin_file_of() it, since the role of Postfix need only read. Errors: those of read_file();
// ErrorKind::usage if the name is none of a file (its parameters stand in main.cf, as before
// Postfix 2.2).
DatabaseFile read_database_file(const TableName& table, bool changes_too);

// Returns the encoding in which a Postfix of this version talks to the server: LATIN1 before 3.8
// (RELEASE_NOTES-3.8). mail_version: "" if it is not known.
std::string encoding_of(const DatabaseFile& file, std::string_view mail_version);

// Returns the name of the file beside it that has relayctl's role: PATH.admin.
std::string admin_file_of(const std::string& path);

} // namespace relayctl
