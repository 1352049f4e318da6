// The name of a table as Postfix has it: TYPE:NAME.
#pragma once

#include "core/postfix/table_type.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relayctl {

// A name says nothing about whether the table exists.
struct TableName {
    std::string type; // "hash"
    std::string path; // "/etc/postfix/relay_clients", or what the type takes instead of a path

    // Splits the text at the first ':'. Errors: ErrorKind::usage if there is nothing before or
    // behind it.
    static TableName parse(std::string_view text);
    // The same; returns no value instead of throwing.
    static std::optional<TableName> parse_if_any(std::string_view text);

    std::string to_string() const { return type + ':' + path; }

    // Returns true for "proxy:TYPE:NAME", which proxymap(8) opens for smtpd.
    bool is_proxied() const noexcept { return type == "proxy"; }
    // Returns what proxymap(8) opens for it: "pgsql:F" for "proxy:pgsql:F"; any other table is what
    // it is.
    TableName behind_proxy() const;

    const TableType& traits() const noexcept { return table_type(type); }
    bool has_source() const noexcept { return traits().has_source; }
    bool has_map() const noexcept { return traits().has_map(); }
    // Returns true for pgsql, and for proxy:pgsql, whose file is behind_proxy().path.
    bool is_database() const { return behind_proxy().traits().is_database; }
    // Returns true if relayctl can change it: types with a source, and databases behind a proxy,
    // too.
    bool is_writable() const;
    // Returns true if relayctl can read its entries, likewise.
    bool is_readable() const;

    friend bool operator==(const TableName&, const TableName&) = default;
};

// Returns the type of a name, "hash" of "hash:/etc/postfix/relay_clients"; all of a text without
// ':'.
std::string type_of(std::string_view name);

// Returns the names of all types that relayctl changes.
std::vector<std::string> writable_types();

// Throws ErrorKind::usage, with the reason, for a table that relayctl cannot change.
void require_writable(const TableName& table);

// Throws ErrorKind::usage for a table whose entries relayctl cannot read.
void require_readable(const TableName& table);

} // namespace relayctl
