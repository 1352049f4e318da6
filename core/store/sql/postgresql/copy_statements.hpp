// The statements that make the rows of a table those of another one, in PostgreSQL's SQL.
#pragma once

#include "core/store/sql/sql_database.hpp"

#include <string>
#include <string_view>

namespace relayctl::postgresql {

// These two are those of SqlDatabase.
CopyStatements copy_statements(const SqlTable& table);
std::string copy_line(const SqlTable& table, std::string_view stored_key, std::string_view value,
    const Annotation& annotation);

} // namespace relayctl::postgresql
