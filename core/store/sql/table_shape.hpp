// Which table and columns the query of a database table's file is about.
#pragma once

#include "core/store/sql/database_file.hpp"

#include <optional>
#include <string>

namespace relayctl {

// Names and conditions are SQL as it was written in the file, without comments.
struct TableShape {
    std::string table;
    std::string key_column;
    std::string value_column;
    // True where the case of the letters that are stored does not matter: lower(column) = '%s', or
    // a column of a type without case. Otherwise the query only finds lower case, in which smtpd
    // asks.
    bool ignores_case = false;
    std::string conditions; // that a row must fulfil besides; "" = none
    bool is_named_beside = false; // table, select_field and where_field say it, not the query
};

// Returns the name of the table that has the history of this one, as SQL: "relay_clients_history".
std::string history_table_of(const TableShape& shape);

// Reads the query "SELECT column FROM table WHERE column = '%s' [AND ...]", also with lower()
// around the column. Of any other query the parameters table, select_field and where_field beside
// it say what it is about: Postfix ignores them where there is a query. Returns no value where
// neither tells.
std::optional<TableShape> shape_of(const DatabaseFile& file);

} // namespace relayctl
