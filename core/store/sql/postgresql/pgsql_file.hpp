// What a pgsql_table(5) file says: where the database is, who asks it, and what for.
// Facts: pgsql_parse_config() and host_init() in dict_pgsql.c, db_common.c, cfg_parser.c (3.7.11).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relayctl {

// One word of `hosts`.
struct PgsqlHost {
    std::string written;
    std::string host; // name, address, or directory of a socket; empty for an URI
    std::string port; // empty: the usual one
    bool is_uri = false; // "postgresql://..."

    // As people may see it: without passwords (passwords.hpp).
    std::string shown() const;
    // What somebody says about it, likewise.
    std::string redacted(std::string message) const;
};

struct PgsqlFile {
    std::string path;
    std::vector<PgsqlHost> hosts;
    std::string user;
    std::string password;
    std::string dbname;
    std::string encoding; // from 3.8 on; see encoding_of()
    std::string query; // as it is given, or as Postfix makes it of the parts below
    bool query_is_given = false;
    std::string select_function;
    std::string domain;
    std::string table; // these four are asked for where the query cannot be understood
    std::string select_field;
    std::string where_field;
    std::string additional_conditions;
    bool has_own_role = false; // user and password are not Postfix's, and go before those of an URI
    std::vector<std::string> problems; // "line 3": it ends Postfix with a fatal error

    bool has_password() const; // in whatever way libpq would find one in it
};

// "name = value" lines, continued by lines that begin with white space; '#' begins a comment line.
// Of the same name twice the last counts. problems: "line 3" for one that has no '=' in it.
std::map<std::string, std::string> parse_settings(
    std::string_view text, std::vector<std::string>& problems);

PgsqlFile parse_pgsql_file(
    const std::map<std::string, std::string>& settings, const std::string& path);

// Reads it. changes_too: PATH.admin, where there is one, gives hosts, user, password and dbname of
// its own: Postfix's role need only read. Errors: those of read_file(); ErrorKind::usage where the
// name is none of a file (its parameters are in main.cf, as before Postfix 2.2).
PgsqlFile read_pgsql_file(const std::string& path, bool changes_too);

// In which a Postfix of this version talks to the server: LATIN1 before 3.8 (RELEASE_NOTES-3.8).
// mail_version: empty = not known.
std::string encoding_of(const PgsqlFile& file, std::string_view mail_version);

// Where read_pgsql_file() looks for them.
std::string admin_file_of(const std::string& path);

} // namespace relayctl
