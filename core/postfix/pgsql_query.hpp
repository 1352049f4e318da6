// The query of a pgsql_table(5) file: what Postfix asks, with the key as a parameter, and which table and columns it is about.
#pragma once

#include "core/postfix/pgsql_file.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace relayctl {

// What is wrong with a query before anybody runs it. Facts: db_common_parse() and db_common_expand() in db_common.c: for a key without
// '@', as every fingerprint is, %s, %S, %u and %U are the key, and a query with %d, %D or %1 to %9 is never sent.
enum class QueryFault : std::uint8_t {
    none,
    missing,    // neither query nor table, select_field and where_field: fatal
    no_key,     // it does not have the key in it: every client gets the same answer
    suppressed, // %d, %D, %1 to %9
    malformed,  // another % than that: fatal
    unquoted,   // a %s outside of single quotes: no SQL once a fingerprint is put in
};

struct PgsqlQuery {
    QueryFault fault = QueryFault::none;
    std::string place;                        // of the fault: "%d"
    std::string sql;                          // with $1 for the key; empty where there is a fault
};

// Never throws anything but std::bad_alloc.
PgsqlQuery bind_query(const std::string& query);

// How the query compares the key that smtpd asks for, which is in lower case, with the column.
enum class KeyCase : std::uint8_t {
    lower,  // as it is: only what is stored in lower case is found
    upper,  // upper('%s')
    either, // lower(column), or ILIKE
};

// Where the entries are. Names and conditions are SQL as it was written in the file.
struct TableShape {
    std::string table;
    std::string key_column;
    std::string value_column;
    KeyCase key_case = KeyCase::lower;
    std::string conditions; // that a row must fulfil besides, "" = none
    bool is_told = false;   // by the parameters beside a query that is not understood
};

// Of a query "SELECT column FROM table WHERE column = '%s' [AND ...]", or else of table, select_field and where_field beside it.
// No value where it is neither.
std::optional<TableShape> shape_of(const PgsqlFile& file);

} // namespace relayctl
