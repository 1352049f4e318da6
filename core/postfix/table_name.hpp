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
    // Types whose tables relayctl changes: hash, btree, lmdb, cdb, texthash.
    bool is_writable() const noexcept;
    // Types that postmap compiles a map for: all writable ones but texthash.
    bool has_map() const noexcept;

    friend bool operator==(const TableName&, const TableName&) = default;
};

// All types for which is_writable().
std::vector<std::string> writable_types();

// Refuses, by name and with the reason, a table that relayctl cannot change: ErrorKind::usage.
void require_writable(const TableName& table);

// Refuses, likewise, a table whose source is no text file in the format of postmap.
void require_source(const TableName& table);

} // namespace relayctl
