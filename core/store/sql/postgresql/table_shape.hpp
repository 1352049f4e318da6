// Which table and columns the query of a pgsql_table(5) file is about.
#pragma once

#include "core/store/sql/postgresql/pgsql_file.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace relayctl {

// How the query compares the key that smtpd asks for, which is in lower case, with the column.
enum class KeyCase : std::uint8_t {
    lower, // as it is: only what is stored in lower case is found
    upper, // upper('%s')
    either, // lower(column), or ILIKE
};

// Where the entries are. Names and conditions are SQL as it was written in the file, without
// comments.
struct TableShape {
    std::string table;
    std::string key_column;
    std::string value_column;
    KeyCase key_case = KeyCase::lower;
    std::string conditions; // that a row must fulfil besides, "" = none
    bool is_told = false; // by the parameters beside a query that is not understood
};

// Of a query "SELECT column FROM table WHERE column = '%s' [AND ...]", or else of table,
// select_field and where_field beside it. No value where it is neither.
std::optional<TableShape> shape_of(const PgsqlFile& file);

} // namespace relayctl
