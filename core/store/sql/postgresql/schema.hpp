// The SQL that makes a table for relayctl and Postfix.
#pragma once

#include "core/store/sql/sql_database.hpp"

#include <string>
#include <vector>

namespace relayctl::postgresql {

// These four are those of SqlDatabase.
std::vector<std::string> create_table(const TableShape& shape);
std::vector<std::string> grant(const TableShape& shape, const Roles& roles);
std::vector<std::string> add_columns(
    const TableShape& shape, const std::vector<std::string>& columns);
std::string schema_to_read(
    const TableShape& shape, const Roles& roles, const std::string& admin_file);

} // namespace relayctl::postgresql
