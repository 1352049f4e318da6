// The SQL that makes a table for relayctl and Postfix.
#pragma once

#include "core/store/sql/postgresql/table_shape.hpp"

#include <string>
#include <vector>

namespace relayctl {

struct Roles {
    std::string reader; // Postfix: nothing but the two columns that its query needs
    std::string writer; // relayctl
};

// Without the semicolons.
std::vector<std::string> statements_to_create(const TableShape& shape);
std::vector<std::string> statements_to_grant(const TableShape& shape, const Roles& roles);
// For columns that an existing table does not have: by their names.
std::vector<std::string> statements_to_complete(
    const TableShape& shape, const std::vector<std::string>& columns);

// All of it with comments, for psql.
std::string schema_for_people(
    const TableShape& shape, const Roles& roles, const std::string& admin_file);

// As an identifier of SQL, in double quotes where it needs them.
std::string sql_identifier(const std::string& name);

} // namespace relayctl
