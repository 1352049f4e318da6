// The name of a table as Postfix has it, TYPE:PATH, and what is known of the types.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace relayctl {

struct TableName {
    std::string type; // "hash"
    std::string path; // "/etc/postfix/relay_clients", or what the type takes instead of a path

    // Splits at the first ':'. ErrorKind::usage where there is no type or nothing behind it.
    static TableName parse(std::string_view text);

    std::string to_string() const { return type + ':' + path; }
    // Types whose tables relayctl changes: those with a source, and those of a database.
    bool is_writable() const { return has_source() || is_database(); }
    // Types whose source is a text in the format of postmap: hash, btree, lmdb, cdb, texthash.
    bool has_source() const noexcept;
    // Types that postmap compiles a map for: all with a source but texthash.
    bool has_map() const noexcept;
    // pgsql, or proxy:pgsql: whose entries are rows; behind_proxy().path is its pgsql_table(5)
    // file.
    bool is_database() const;
    // What proxymap(8) opens for it: "pgsql:F" for "proxy:pgsql:F"; any other table is what it is.
    TableName behind_proxy() const;

    friend bool operator==(const TableName&, const TableName&) = default;
};

// All types for which is_writable().
std::vector<std::string> writable_types();

// Refuses, by name and with the reason, a table that relayctl cannot change: ErrorKind::usage.
void require_writable(const TableName& table);

// Refuses, likewise, a table whose entries relayctl cannot read.
void require_readable(const TableName& table);

} // namespace relayctl
