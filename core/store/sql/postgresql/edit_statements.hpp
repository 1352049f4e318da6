// The statements that carry out edits of rows, in PostgreSQL's SQL. All values are parameters.
#pragma once

#include "core/store/sql/sql_database.hpp"

#include <span>
#include <vector>

namespace relayctl::postgresql {

// That of SqlDatabase.
std::vector<Statement> edit_rows(
    const SqlTable& table, const Document& document, std::span<const Edit> edits);

} // namespace relayctl::postgresql
